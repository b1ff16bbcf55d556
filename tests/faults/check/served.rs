//! What a scrape can have found: told from what the service answered alone.

use std::collections::{BTreeMap, HashMap};

use headcount::clock::Day;
use headcount::model::Kind;
use headcount::source::compreface::kinds;
use headcount::source::frigate;
use uuid::Uuid;

use crate::journal::{Found, Told};
use crate::support::compreface::Served;

/// The demo objects have ids up to this one.
const LAST_DEMO: u128 = 4;

/// One scrape, as far as it came.
#[derive(Debug, Default)]
pub(super) struct Scrape {
    applications: Option<Vec<Uuid>>,
    /// Each application's services, as often as they were told; none if there was no such application any more.
    services: HashMap<Uuid, Vec<Option<Vec<Listed>>>>,
    faces: HashMap<Uuid, Option<u64>>,
    /// The days on which each service received requests; none if there was no such service any more.
    statistics: HashMap<Uuid, Option<Vec<(Day, u64)>>>,
    /// The persons of Frigate, and the faces of all of them.
    library: Option<(u64, u64)>,
}

/// A service with its kind and its key.
type Listed = (Uuid, Kind, Uuid);

impl Scrape {
    /// Takes an answer. Gives what was found, if this was the last one and nothing is missing.
    pub(super) fn take(&mut self, served: &Served) -> Option<Found> {
        match served {
            Served::Applications(ids) => self.applications = Some(ids.clone()),
            Served::Services(application, services) => {
                self.services.entry(*application).or_default().push(services.clone());
            }
            Served::Faces(key, faces) => drop(self.faces.insert(*key, *faces)),
            Served::Statistics(service, days) => drop(self.statistics.insert(*service, days.clone())),
            Served::Users(users, true) => return self.found(users),
            _ => {}
        }
        None
    }

    /// The same, of a service that is not CompreFace.
    pub(super) fn hear(&mut self, told: &Told) -> Option<Found> {
        match told {
            Told::Library { persons, faces } => self.library = Some((*persons, *faces)),
            Told::Users(names) => return self.library.map(|library| of_frigate(names, library)),
            Told::Document(found) => return Some(found.as_ref().clone()),
            Told::Well | Told::Refused | Told::Spoiled => {}
        }
        None
    }

    fn found(&self, users: &[Uuid]) -> Option<Found> {
        let mut found = Found { uses: (!self.statistics.is_empty()).then(BTreeMap::new), ..Found::default() };
        found.ids.extend(users.iter().map(|id| (kinds::USER, id.to_string())));
        for application in self.applications.as_ref()?.iter().filter(|id| id.as_u128() > LAST_DEMO) {
            let told = self.services.get(application)?;
            let Some(first) = told.first()? else { continue };
            found.ids.insert((kinds::APPLICATION, application.to_string()));
            for (id, kind, key) in first {
                let faces = match *kind {
                    kinds::RECOGNITION => match self.faces_of(*id, *key, &told[1..])? {
                        Some(faces) => Some(faces),
                        None => continue,
                    },
                    _ => None,
                };
                if let Some(uses) = &mut found.uses {
                    let Some(days) = self.statistics.get(id)? else { continue };
                    let used = days.iter().filter(|(_, requests)| *requests > 0).map(|(day, _)| *day);
                    uses.insert((*kind, id.to_string()), used.collect());
                }
                found.has_statistics = true;
                found.ids.insert((*kind, id.to_string()));
                found.collections.extend(faces.map(|faces| (id.to_string(), faces)));
            }
        }
        Some(found)
    }

    /// The faces of a recognition service: none inside if it was deleted meanwhile, none at all if nobody told.
    fn faces_of(&self, id: Uuid, key: Uuid, told_later: &[Option<Vec<Listed>>]) -> Option<Option<u64>> {
        if let Some(faces) = self.faces.get(&key)? {
            return Some(Some(*faces));
        }
        // The key was unknown: only a service that is gone, or that has another key, explains that.
        let mut is_gone = false;
        for later in told_later {
            let Some((_, _, other)) = later.iter().flatten().find(|(other, _, _)| *other == id) else {
                is_gone = true;
                continue;
            };
            if let Some(Some(faces)) = self.faces.get(other) {
                return Some(Some(*faces));
            }
        }
        is_gone.then_some(None)
    }
}

/// Users by their names; of the library, numbers alone.
fn of_frigate(names: &[String], (persons, faces): (u64, u64)) -> Found {
    use frigate::kinds::{COLLECTION, SUBJECT, USER};
    Found {
        ids: names.iter().map(|name| (USER, name.clone())).collect(),
        unnamed: vec![(SUBJECT, persons), (COLLECTION, 1)],
        in_doubt: Some(SUBJECT),
        collections: [("library".to_owned(), faces)].into(),
        ..Found::default()
    }
}
