//! The rule for ambiguous responses, which may be due to one report or to the endpoint.
//!
//! Pure: what came of each report goes in, and what is done with it comes out.
//!
//! A round sends the pending reports in order, the oldest first, each at most once. An ambiguous response holds a report.
//! If the newest report was never held, the round goes on past the held one; otherwise, it ends. The first
//! report that the endpoint accepts shows that the reports held before it in the same round were at fault: they leave the
//! outbox as refused, in the transaction that records the delivery, so that no older report follows a newer one. If none is
//! accepted, the endpoint is at fault, and all stay pending. Every other response ends the round and decides nothing.
//!
//! A report that was sent past others and may have arrived must be the next one: were it accepted, an older report could not
//! follow. The store marks it before it is sent, with the recipient, and the next round to that recipient begins with it. It
//! cannot have arrived if no connection was open, or if a response decides about the request. A failure of a server or a
//! gateway does not, and no response decides about an earlier attempt. A response that asks for another attempt leaves the
//! mark, so that a limit on requests is not used up by the held report again and again.

/// A round over the pending reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offering {
    goes_past: bool,
    /// Reports that were answered ambiguously, in order.
    held: Vec<i64>,
    /// The round is beyond this report.
    position: i64,
}

/// What came of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    /// The endpoint has it.
    Accepted,
    /// The endpoint, as a receiver, will never take it.
    Refused,
    /// It may be at fault, or the endpoint.
    Ambiguous,
    /// It can be sent again, at once or after something is fixed.
    Other,
}

/// What is done with a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It leaves the outbox as delivered, and these earlier ones leave it as refused.
    Delivered { at_fault: Vec<i64> },
    /// It leaves the outbox as refused; the round goes on.
    Refused,
    /// It stays pending; the round goes on.
    Held,
    /// It stays pending; the round ends.
    End,
}

impl Offering {
    /// A round from the oldest report on. `has_new` says whether the newest report was never held.
    pub(super) const fn from_the_oldest(has_new: bool) -> Self {
        Self { goes_past: has_new, held: Vec::new(), position: 0 }
    }

    /// A round that begins with a report that may have arrived, after these were held before it.
    pub(super) const fn resumed(report: i64, held: Vec<i64>, has_new: bool) -> Self {
        Self { goes_past: has_new, held, position: report - 1 }
    }

    /// The next report has a greater number.
    pub(super) const fn position(&self) -> i64 {
        self.position
    }

    /// Whether the next report is sent past earlier ones that are pending.
    pub(super) const fn is_past_others(&self) -> bool {
        !self.held.is_empty()
    }

    /// Goes on after a report that is not sent.
    pub(super) const fn skip(&mut self, report: i64) {
        self.position = report;
    }

    /// Decides about a report.
    pub(super) fn rule(&mut self, report: i64, response: Response) -> Ruling {
        self.position = report;
        match response {
            Response::Accepted => Ruling::Delivered { at_fault: std::mem::take(&mut self.held) },
            Response::Refused => Ruling::Refused,
            Response::Ambiguous if self.goes_past => {
                self.held.push(report);
                Ruling::Held
            }
            Response::Ambiguous | Response::Other => Ruling::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn play(mut offering: Offering, responses: &[Response]) -> Vec<Ruling> {
        let mut rulings = Vec::new();
        for (response, report) in responses.iter().zip(offering.position() + 1..) {
            rulings.push(offering.rule(report, *response));
            if rulings.last() == Some(&Ruling::End) {
                break;
            }
        }
        rulings
    }

    fn delivered(at_fault: &[i64]) -> Ruling {
        Ruling::Delivered { at_fault: at_fault.to_vec() }
    }

    #[test]
    fn the_first_accepted_report_leaves_behind_those_held_before_it() {
        use Response::{Accepted, Ambiguous, Other, Refused};
        let new = || Offering::from_the_oldest(true);
        for (responses, rulings) in [
            (vec![Ambiguous, Ambiguous, Accepted], vec![Ruling::Held, Ruling::Held, delivered(&[1, 2])]),
            (vec![Ambiguous, Accepted, Accepted], vec![Ruling::Held, delivered(&[1]), delivered(&[])]),
            (vec![Accepted, Ambiguous], vec![delivered(&[]), Ruling::Held]),
            (vec![Ambiguous, Refused, Accepted], vec![Ruling::Held, Ruling::Refused, delivered(&[1])]),
            (vec![Ambiguous, Ambiguous], vec![Ruling::Held, Ruling::Held]),
            (vec![Ambiguous, Other, Accepted], vec![Ruling::Held, Ruling::End]),
        ] {
            assert_eq!(play(new(), &responses), rulings, "{responses:?}");
        }
    }

    #[test]
    fn without_a_new_report_the_first_ambiguous_response_ends_the_round() {
        let responses = [Response::Accepted, Response::Ambiguous, Response::Accepted];
        assert_eq!(play(Offering::from_the_oldest(false), &responses), [delivered(&[]), Ruling::End]);
    }

    #[test]
    fn a_report_that_may_have_arrived_decides_about_those_before_it() {
        let resumed = |has_new| Offering::resumed(5, vec![2, 4], has_new);
        assert!(resumed(false).is_past_others() && resumed(false).position() == 4);
        assert_eq!(play(resumed(false), &[Response::Accepted]), [delivered(&[2, 4])]);
        assert_eq!(play(resumed(false), &[Response::Ambiguous]), [Ruling::End]);
        let responses = [Response::Ambiguous, Response::Accepted];
        assert_eq!(play(resumed(true), &responses), [Ruling::Held, delivered(&[2, 4, 5])]);
    }

    proptest! {
        #[test]
        fn only_a_held_report_before_an_accepted_one_is_left_behind(
            has_new in any::<bool>(),
            responses in prop::collection::vec(
                prop::sample::select(vec![
                    Response::Accepted, Response::Refused, Response::Ambiguous, Response::Other,
                ]),
                0..12,
            ),
        ) {
            let mut left: Vec<i64> = Vec::new();
            for (report, ruling) in (1..).zip(play(Offering::from_the_oldest(has_new), &responses)) {
                let Ruling::Delivered { at_fault } = ruling else { continue };
                prop_assert!(at_fault.iter().all(|earlier| *earlier < report && !left.contains(earlier)));
                left.extend(at_fault);
            }
            for report in &left {
                let at = usize::try_from(*report).unwrap() - 1;
                prop_assert_eq!(responses[at], Response::Ambiguous);
            }
            prop_assert!(has_new || left.is_empty());
        }
    }
}
