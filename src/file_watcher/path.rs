//! What a path leads through: the directories in which a change can make it lead elsewhere.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// As many symbolic links as Linux itself follows.
const MOST_LINKS: usize = 40;

/// What a path leads through, without symbolic links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolution {
    /// The directories of all symbolic links on the way, and of the file.
    pub(super) directories: BTreeSet<PathBuf>,
    /// The links, and the file.
    pub(super) names: BTreeSet<PathBuf>,
    /// The file, whether or not it exists.
    pub(super) file: PathBuf,
}

/// Follows an absolute path; none if it is relative, a directory on the way does not exist, or links go round in circles.
pub(super) fn resolve(path: &Path) -> Option<Resolution> {
    if path.is_relative() {
        return None;
    }
    let mut names = BTreeSet::new();
    let mut real = PathBuf::from("/");
    let mut rest = steps(path);
    let mut links = 0;
    while let Some(step) = rest.pop_front() {
        let next = match step {
            PathStep::Root => {
                real = PathBuf::from("/");
                continue;
            }
            PathStep::Up => {
                real.pop();
                continue;
            }
            PathStep::Down(name) => real.join(name),
        };
        match std::fs::symlink_metadata(&next) {
            Ok(metadata) if metadata.is_symlink() => {
                links += 1;
                let target = std::fs::read_link(&next).ok().filter(|_| links <= MOST_LINKS)?;
                names.insert(next);
                rest = steps(&target).into_iter().chain(rest).collect();
            }
            Ok(metadata) if metadata.is_dir() => real = next,
            _ if rest.is_empty() => real = next,
            _ => return None,
        }
    }
    names.insert(real.clone());
    let directories = names.iter().filter_map(|name| name.parent()).map(Path::to_owned).collect();
    Some(Resolution { directories, names, file: real })
}

enum PathStep {
    Root,
    Up,
    Down(OsString),
}

fn steps(path: &Path) -> VecDeque<PathStep> {
    let step = |component| match component {
        Component::RootDir | Component::Prefix(_) => Some(PathStep::Root),
        Component::CurDir => None,
        Component::ParentDir => Some(PathStep::Up),
        Component::Normal(name) => Some(PathStep::Down(name.to_owned())),
    };
    path.components().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn set(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
        paths.iter().cloned().collect()
    }

    #[test]
    fn a_config_map_leads_through_two_links() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir(root.join("..2026")).unwrap();
        fs::write(root.join("..2026/consent"), "granted").unwrap();
        symlink("..2026", root.join("..data")).unwrap();
        symlink("..data/consent", root.join("consent")).unwrap();
        let resolution = resolve(&root.join("./x/../consent"));
        assert_eq!(resolution, None, "x does not exist");
        let resolution = resolve(&root.join("consent")).unwrap();
        assert_eq!(resolution.file, root.join("..2026/consent"));
        assert_eq!(resolution.directories, set(&[root.clone(), root.join("..2026")]));
        assert_eq!(resolution.names, set(&[root.join("consent"), root.join("..data"), root.join("..2026/consent")]));
    }

    #[test]
    fn what_is_absent_leads_to_its_directory_or_nowhere() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let absent = resolve(&root.join("absent")).unwrap();
        assert_eq!((absent.file, absent.directories), (root.join("absent"), set(std::slice::from_ref(&root))));
        assert_eq!(resolve(&root.join("absent/consent")), None);
        assert_eq!(resolve(Path::new("consent")), None);
        fs::write(root.join("file"), "").unwrap();
        assert_eq!(resolve(&root.join("file/consent")), None);
        symlink("round", root.join("round")).unwrap();
        assert_eq!(resolve(&root.join("round")), None);
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().canonicalize().unwrap().join("consent");
        symlink(&target, root.join("absolute")).unwrap();
        let resolution = resolve(&root.join("absolute")).unwrap();
        assert_eq!(resolution.file, target);
        assert_eq!(resolution.directories, set(&[root, target.parent().unwrap().to_owned()]));
    }
}
