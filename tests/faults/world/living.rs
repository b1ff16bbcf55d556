//! How time passes: asleep and awake, and the calm days at the end.

use std::sync::Arc;
use std::time::Duration;

use headcount::clock::Clock as _;

use super::World;
use crate::endpoint_faults::EndpointFault;
use crate::journal::What;
use crate::plan;
use crate::recipe::{CALM, DAY};

impl World {
    /// Everything comes right: what waits arrives, and the agent ends in good order.
    pub(super) async fn calm(&mut self) {
        self.look_before_a_change();
        self.service.end().await;
        self.look_after_a_change().await;
        self.answer_as(EndpointFault::None);
        self.set_right().await;
        self.mount().await;
        self.give().await;
        self.start().await;
        self.recorder.write(What::Calm);
        let begins = self.recorder.lived();
        self.play(plan::draw_calm(&self.recipe, &Arc::clone(&self.random), begins)).await;
        self.live(begins + CALM).await;
        self.awake(Duration::from_secs(3600)).await;
        self.looker.look();
        self.end(true).await;
        self.awake(DAY / 24).await;
        self.looker.look();
    }

    /// Lets time pass, asleep and awake, until so much of it has passed since the beginning.
    pub(super) async fn live(&mut self, until: Duration) {
        loop {
            let left = until.saturating_sub(self.recorder.lived());
            if left.is_zero() {
                break;
            }
            match self.stays_awake() {
                Some(awake) => self.awake(left.min(awake)).await,
                None => self.sleep(left),
            }
        }
    }

    /// For how long the machine stays awake; none if it falls asleep.
    fn stays_awake(&self) -> Option<Duration> {
        if self.recipe.asleep.is_zero() {
            return Some(Duration::MAX);
        }
        // A machine that slept through the report window could never send.
        let open_for = self.recipe.report_window.and_then(|window| window.open_for(self.clock.now()));
        let awake = self.awake_until.saturating_sub(self.moments.elapsed());
        Some(awake.max(open_for.unwrap_or_default())).filter(|awake| !awake.is_zero())
    }

    fn sleep(&mut self, most: Duration) {
        let opens_in = self.recipe.report_window.map_or(Duration::MAX, |window| window.opens_in(self.clock.now()));
        let asleep = Duration::from_secs(most.min(self.recipe.asleep).min(opens_in).as_secs() + 1);
        self.looker.look();
        self.recorder.sleep(asleep);
        self.awake_until = self.moments.elapsed() + self.recipe.awake;
    }
}
