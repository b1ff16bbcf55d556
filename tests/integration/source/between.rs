//! Answers of one scrape that disagree, since something changed between two of them: each change, before each request of
//! the scrape. What is counted is what the service held at one moment, or nothing.

use std::sync::Arc;

use super::{Counted, code, everything, populated, reader, scrape_report as scrape};
use crate::support::compreface::{GlobalRole, Model, Simulated};
use headcount::source::compreface::CompreFace;

/// The requests of a scrape that signs in first: more positions than that play what changes nothing.
async fn positions() -> u64 {
    let simulated = populated();
    scrape(&mut reader(&simulated)).await.unwrap();
    simulated.requests().len() as u64 + 1
}

/// Plays a change before each request of a scrape, with what a scrape counts before and after it. A scrape that fails is
/// followed by one that counts what there is now. Returns how many scrapes failed.
async fn play(
    prepare: fn(&mut Model),
    change: fn(&mut Model),
    before: Option<Counted>,
    after: Option<Counted>,
) -> usize {
    let mut failed = 0;
    for nth in 1..=positions().await {
        let simulated = populated();
        simulated.change(prepare);
        simulated.before_any(nth, change);
        let mut service = reader(&simulated);
        let allowed = [before.clone(), after.clone()];
        match scrape(&mut service).await {
            Ok(counted) => assert!(allowed.contains(&Some(counted.clone())), "before request {nth}: {counted:?}"),
            Err(error) => {
                failed += 1;
                if let Some(after) = &after {
                    assert_eq!(next(&mut service).await.as_ref(), Some(after), "after {error}, before request {nth}");
                }
            }
        }
    }
    failed
}

/// What the next complete scrape counts; the change may come during one more scrape that fails.
async fn next(service: &mut CompreFace) -> Option<Counted> {
    for _ in 0..20 {
        if let Ok(counted) = scrape(service).await {
            return Some(counted);
        }
    }
    None
}

fn nothing(_: &mut Model) {}

fn add_user(model: &mut Model) {
    model.add_user();
}

fn plain_user(model: &mut Model) {
    model.set_role(GlobalRole::User);
}

fn member(model: &mut Model) {
    model.memberships = vec![model.applications[1].id];
}

fn plain_member(model: &mut Model) {
    plain_user(model);
    member(model);
}

fn member_of_all(model: &mut Model) {
    model.memberships = model.applications.iter().map(|application| application.id).collect();
}

#[tokio::test]
async fn a_promotion_between_any_two_answers_counts_all_or_nothing() {
    for prepare in [plain_user, plain_member] {
        for promotion in [(|model| model.set_role(GlobalRole::Administrator)) as fn(&mut Model), |model| {
            model.set_role(GlobalRole::Owner);
        }] {
            assert!(play(prepare, promotion, None, Some(everything())).await > 0);
        }
    }
}

#[tokio::test]
async fn a_demotion_between_any_two_answers_counts_all_or_nothing() {
    for prepare in [nothing, member, member_of_all] {
        assert!(play(prepare, plain_user, Some(everything()), None).await > 0);
    }
}

#[tokio::test]
async fn a_change_of_one_sufficient_role_to_the_other_counts_all() {
    let administrator = |model: &mut Model| model.set_role(GlobalRole::Administrator);
    assert_eq!(play(nothing, administrator, Some(everything()), Some(everything())).await, 0);
}

#[tokio::test]
async fn an_account_deleted_between_any_two_answers_counts_all_or_nothing() {
    assert!(play(nothing, Model::delete_account, Some(everything()), None).await > 0);
}

#[tokio::test]
async fn an_account_created_again_between_any_two_answers_counts_all_or_nothing() {
    let again = |model: &mut Model| {
        model.delete_account();
        model.make_account_again();
    };
    assert!(play(nothing, again, Some(everything()), Some(everything())).await > 0);
}

#[tokio::test]
async fn keys_renewed_between_any_two_answers_count_all() {
    let renew = |model: &mut Model| {
        let services = model.applications[1..].iter().flat_map(|application| &application.services);
        let ids: Vec<_> = services.map(|service| service.id).collect();
        ids.into_iter().for_each(|id| model.renew_key(id));
    };
    assert_eq!(play(nothing, renew, Some(everything()), Some(everything())).await, 0);
}

#[tokio::test]
async fn a_list_of_users_that_changes_counts_as_it_was_read_last() {
    let delete = |model: &mut Model| model.remove_user(model.users[1].id);
    let ([_, rest @ ..], collections) = everything();
    let with = |users| Some(([users, rest[0], rest[1], rest[2], rest[3]], collections.clone()));
    assert_eq!(play(nothing, delete, with(4), with(3)).await, 0);
    assert_eq!(play(nothing, add_user, with(4), with(5)).await, 0);
}

#[tokio::test]
async fn a_core_of_another_installation_from_any_answer_on_counts_all_or_nothing() {
    let foreign = |model: &mut Model| {
        let services = model.applications.iter_mut().flat_map(|application| &mut application.services);
        services.for_each(|service| service.foreign = true);
    };
    assert!(play(nothing, foreign, Some(everything()), None).await > 0);
}

/// An older state: one application less, one that was deleted since, other users, and none of today's sessions.
fn restore(model: &mut Model) {
    let newest = model.applications.pop().unwrap().id;
    model.memberships.retain(|id| *id != newest);
    let deleted_since = model.add_application();
    model.add_service(deleted_since, headcount::source::compreface::kinds::RECOGNITION, 100);
    model.remove_user(model.users[1].id);
    model.lose_sessions();
}

#[tokio::test]
async fn a_database_restored_between_any_two_answers_counts_one_state_or_nothing() {
    let after = ([3, 2, 2, 2, 3], vec![0, 7, 100]);
    assert!(play(nothing, restore, Some(everything()), Some(after)).await > 0);
}

#[tokio::test]
async fn a_session_that_is_replaced_in_a_scrape_is_named() {
    let simulated = populated();
    simulated.before_any(4, restore);
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "session_replaced", "{error}");
}

/// Requests that go to one installation, and to another one from the nth to the mth.
#[tokio::test]
async fn two_installations_at_one_address_count_one_of_them_or_nothing() {
    let positions = positions().await;
    let other_counts: Counted = ([7, 1, 3, 3, 3], vec![0, 7, 14]);
    let mut refused = 0;
    for nth in 1..=positions {
        for mth in nth + 1..=positions + 1 {
            let simulated = populated();
            let other = Arc::new(Simulated::in_memory());
            other.change(|model| model.populate(6, 1, 3));
            for at in [nth, mth] {
                let other = Arc::clone(&other);
                simulated.before_any(at, move |model| other.change(|second| std::mem::swap(model, second)));
            }
            match scrape(&mut reader(&simulated)).await {
                Ok(counted) => {
                    assert!([everything(), other_counts.clone()].contains(&counted), "{nth} {mth}: {counted:?}");
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn the_admin_of_one_installation_and_the_core_of_another_count_nothing() {
    let (admin, core) = (Simulated::start().await, Simulated::start().await);
    admin.change(|model| model.populate(1, 1, 1));
    core.change(|model| model.populate(1, 1, 1));
    let mut settings = admin.settings();
    settings.core_url = core.settings().core_url;
    let mut service = CompreFace::new(settings, admin.dialer());
    assert_eq!(code(&scrape(&mut service).await.unwrap_err()), "key_unknown");
}
