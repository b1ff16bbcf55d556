//! The service that an installation reads, and what it has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use headcount::contract::Contract;
use headcount::model::{Kind, PerKind, Totals};
use headcount::source::{compreface, frigate, inventory};
use uuid::Uuid;

use crate::support::compreface::{Application, EMAIL, Model, PASSWORD, Simulated, User};
use crate::support::frigate as simulated_frigate;
use crate::support::frigate::{Account, Port, SimulatedFrigate};
use crate::support::inventory::{DocumentServer, Installation};

/// Which service is read, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceKind {
    CompreFace,
    Frigate,
    /// An inventory document from a server.
    Document,
    /// An inventory document in a file.
    File,
}

impl ServiceKind {
    pub(crate) const ALL: [Self; 4] = [Self::CompreFace, Self::Frigate, Self::Document, Self::File];

    /// What an act's name begins with.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::CompreFace => "",
            Self::Frigate => "frigate-",
            Self::Document => "document-",
            Self::File => "file-",
        }
    }
}

/// A service that runs.
pub(crate) enum Installed {
    CompreFace(Simulated),
    Frigate(SimulatedFrigate),
    Document(DocumentServer),
    /// The file, and what it says.
    File(PathBuf, Mutex<Installation>),
}

/// What a service has, to be kept.
#[derive(Clone)]
pub(crate) enum Contents {
    /// With the account that signs in.
    CompreFace(Vec<User>, Vec<Application>, Uuid),
    /// With whether the volume of the library is mounted.
    Frigate(Vec<Account>, BTreeMap<String, usize>, bool),
    Document(Installation),
}

/// No name is given twice, so that each new person counts.
static NAMED: AtomicU64 = AtomicU64::new(0);

fn name() -> String {
    format!("Wilhelmina {}", NAMED.fetch_add(1, Ordering::SeqCst))
}

impl Installed {
    /// Starts it. It has little, and nothing that does not count.
    pub(super) async fn start(kind: ServiceKind, directory: &Path) -> Self {
        match kind {
            ServiceKind::CompreFace => {
                let service = Simulated::start().await;
                // Instead of the demonstration's.
                service.change(|model| {
                    model.applications.clear();
                    some_application(model, 1);
                });
                Self::CompreFace(service)
            }
            ServiceKind::Frigate => {
                let service = SimulatedFrigate::start(Port::External).await;
                service.change(|model| model.add_person(&name(), 7));
                Self::Frigate(service)
            }
            ServiceKind::Document => Self::Document(DocumentServer::start()),
            ServiceKind::File => {
                let file = Self::File(directory.join("inventory.json"), Mutex::default());
                file.change_document(|_| ());
                file
            }
        }
    }

    pub(crate) fn contract(&self) -> &'static Contract {
        match self {
            Self::CompreFace(_) => &compreface::CONTRACT,
            Self::Frigate(_) => &frigate::CONTRACT,
            Self::Document(_) | Self::File(..) => &inventory::CONTRACT,
        }
    }

    /// The settings with which it is read.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CompreFace(service) => vec![
                ("HEADCOUNT_COMPREFACE_URL", service.url()),
                ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
                ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
            ],
            Self::Frigate(service) => vec![
                ("HEADCOUNT_SERVICE", "frigate".to_owned()),
                ("HEADCOUNT_FRIGATE_URL", service.url()),
                ("HEADCOUNT_FRIGATE_USER", simulated_frigate::USER.to_owned()),
                ("HEADCOUNT_FRIGATE_PASSWORD", simulated_frigate::PASSWORD.to_owned()),
            ],
            Self::Document(server) => {
                vec![("HEADCOUNT_SERVICE", "inventory".to_owned()), ("HEADCOUNT_INVENTORY_URL", server.url())]
            }
            Self::File(path, _) => vec![
                ("HEADCOUNT_SERVICE", "inventory".to_owned()),
                ("HEADCOUNT_INVENTORY_URL", format!("file:{}", path.display())),
            ],
        }
    }

    /// The simulated CompreFace, if it is that.
    pub(crate) fn compreface(&self) -> &Simulated {
        let Self::CompreFace(service) = self else { panic!("another service is read") };
        service
    }

    fn change_document(&self, change: impl FnOnce(&mut Installation)) {
        match self {
            Self::Document(server) => server.change(change),
            Self::File(path, installation) => {
                let mut installation = installation.lock().unwrap();
                change(&mut installation);
                let new = path.with_extension("new");
                fs::write(&new, installation.document()).unwrap();
                fs::rename(new, path).unwrap();
            }
            Self::CompreFace(_) | Self::Frigate(_) => {}
        }
    }

    /// A new person is there.
    pub(crate) fn add_user(&self) {
        match self {
            Self::CompreFace(service) => drop(service.change(Model::add_user)),
            Self::Frigate(service) => service.change(|model| model.add_account(&name(), "viewer")),
            Self::Document(_) | Self::File(..) => self.change_document(|document| document.users.push(name())),
        }
    }

    /// What comes into being in the night before this day, and goes. Gives the kinds of what is new.
    pub(super) fn night(&self, day: usize) -> Vec<Kind> {
        let users = 1 + day % 3;
        (0..users).for_each(|_| self.add_user());
        let mut born = vec![compreface::kinds::USER; users];
        match self {
            Self::CompreFace(service) => service.change(|model| {
                if day.is_multiple_of(2) {
                    born.extend(some_application(model, day as u64));
                }
                // Older than a day, so that every complete scrape of the last one has seen it.
                if day >= 3 {
                    let old = model.users[1].id;
                    model.remove_user(old);
                }
                if day.is_multiple_of(4) {
                    let old = model.applications[0].id;
                    model.remove_application(old);
                }
            }),
            Self::Frigate(service) => service.change(|model| {
                model.add_person(&name(), 37 * day);
                if day >= 3 {
                    model.accounts.remove(2);
                    model.persons.pop_first();
                }
            }),
            Self::Document(_) | Self::File(..) => self.change_document(|document| {
                if day.is_multiple_of(2) {
                    document.applications.push(name());
                    document.add_collection(&name(), 37 * day as u64);
                    document.add_service(&name(), "detection");
                    use inventory::kinds::{APPLICATION, DETECTION, RECOGNITION};
                    born.extend([APPLICATION, RECOGNITION, DETECTION]);
                }
                if day >= 3 {
                    document.users.remove(1);
                }
            }),
        }
        born
    }

    /// The volume of Frigate's library is mounted, or is not.
    pub(crate) fn mount(&self, is_mounted: bool) {
        if let Self::Frigate(service) = self {
            service.change(|model| model.is_mounted = is_mounted);
        }
    }

    /// What there is now. No service receives requests.
    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals { active: Some(PerKind::default()), ..Totals::default() };
        let catalog = &self.contract().catalog;
        match self {
            Self::CompreFace(service) => service.change(|model| {
                use compreface::{FACES, kinds};
                totals.current[kinds::USER] = model.users.len() as u64;
                totals.current[kinds::APPLICATION] = model.applications.len() as u64;
                for service in model.applications.iter().flat_map(|application| &application.services) {
                    totals.current[service.kind] += 1;
                    if service.kind == kinds::RECOGNITION {
                        totals.buckets.count(catalog, FACES, service.faces);
                    }
                }
            }),
            Self::Frigate(service) => service.change(|model| {
                use frigate::{FACES, kinds};
                let persons: Vec<_> = model.persons.values().filter(|_| model.is_mounted).collect();
                totals.current[kinds::USER] = model.accounts.len() as u64;
                totals.current[kinds::SUBJECT] = persons.len() as u64;
                totals.current[kinds::COLLECTION] = 1;
                totals.buckets.count(catalog, FACES, persons.into_iter().sum::<usize>() as u64);
            }),
            Self::Document(_) | Self::File(..) => self.change_document(|document| {
                use inventory::{FACES, kinds};
                totals.current[kinds::USER] = document.users.len() as u64;
                totals.current[kinds::APPLICATION] = document.applications.len() as u64;
                for service in &document.services {
                    let kind = if service.faces.is_some() { kinds::RECOGNITION } else { kinds::DETECTION };
                    totals.current[kind] += 1;
                    service.faces.into_iter().for_each(|faces| totals.buckets.count(catalog, FACES, faces));
                }
            }),
        }
        totals
    }

    /// What is kept of it.
    pub(super) fn contents(&self) -> Contents {
        match self {
            Self::CompreFace(service) => service
                .change(|model| Contents::CompreFace(model.users.clone(), model.applications.clone(), model.account)),
            Self::Frigate(service) => service
                .change(|model| Contents::Frigate(model.accounts.clone(), model.persons.clone(), model.is_mounted)),
            Self::Document(_) | Self::File(..) => {
                let mut kept = Installation::default();
                self.change_document(|document| kept = document.clone());
                Contents::Document(kept)
            }
        }
    }

    /// Has this again.
    pub(super) fn restore(&self, contents: &Contents) {
        match (self, contents.clone()) {
            (Self::CompreFace(service), Contents::CompreFace(users, applications, account)) => {
                service.change(|model| {
                    (model.users, model.applications, model.account) = (users, applications, account);
                });
            }
            (Self::Frigate(service), Contents::Frigate(accounts, persons, is_mounted)) => {
                service.change(|model| {
                    (model.accounts, model.persons, model.is_mounted) = (accounts, persons, is_mounted);
                });
            }
            (_, Contents::Document(kept)) => self.change_document(|document| *document = kept),
            _ => panic!("these are the contents of another service"),
        }
    }

    /// Sessions that are open.
    pub(crate) fn open_sessions(&self) -> usize {
        match self {
            Self::CompreFace(service) => service.open_sessions(),
            _ => 0,
        }
    }
}

fn some_application(model: &mut Model, day: u64) -> Vec<Kind> {
    use compreface::kinds::{APPLICATION, DETECTION, RECOGNITION};
    let application = model.add_application();
    let services = [RECOGNITION, DETECTION, RECOGNITION];
    for (number, kind) in services.into_iter().enumerate() {
        model.add_service(application, kind, day * 37 * number as u64);
    }
    [&[APPLICATION][..], &services].concat()
}
