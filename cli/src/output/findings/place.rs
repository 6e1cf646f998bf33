//! Files as those name them who read a report in a repository: relative to the working directory.

use std::path::{Component, Path, PathBuf};

use crate::output::escape::uri_path;

/// From where a relative path counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Base {
    /// The working directory, which in a pipeline is the repository.
    Directory,
    /// The world directory, where that is elsewhere.
    World,
    /// The path is absolute.
    None,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its path with `/`.
    pub(super) path: String,
    /// From where it counts.
    pub(super) base: Base,
}

impl File {
    /// `file` as it was named, in the working directory `directory`, of a world in `world`.
    pub(super) fn of(file: &str, directory: &Path, world: Option<&Path>) -> Self {
        let whole = lexical(&directory.join(file));
        let within = |root: &Path, base: Base| {
            let path = whole.strip_prefix(root).ok()?;
            Some(Self { path: path.to_string_lossy().into_owned(), base })
        };
        let in_world = || within(&lexical(&directory.join(world?)), Base::World);
        within(directory, Base::Directory)
            .or_else(in_world)
            .unwrap_or_else(|| Self { path: whole.to_string_lossy().into_owned(), base: Base::None })
    }

    /// As a URI reference.
    pub(super) fn uri(&self) -> String {
        let path = uri_path(&self.path);
        match self.base {
            Base::Directory | Base::World => path,
            Base::None => format!("file://{path}"),
        }
    }
}

/// The working directory.
pub(super) fn directory() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// Without `.` and `..`; links are not followed, since the names are what a reader looks for.
fn lexical(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => whole.push(component),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Base, File};

    fn of(file: &str, world: &str) -> (String, Base) {
        let found = File::of(file, Path::new("/repository/here"), Some(Path::new(world)));
        (found.uri(), found.base)
    }

    #[test]
    fn files_count_from_the_working_directory_else_from_the_world() {
        assert_eq!(of("./world/a b.json", "world"), ("world/a%20b.json".to_owned(), Base::Directory));
        assert_eq!(of("/repository/here/a.json", "."), ("a.json".to_owned(), Base::Directory));
        assert_eq!(of("../there/accounts/a.json", "../there"), ("accounts/a.json".to_owned(), Base::World));
        assert_eq!(of("/else/a.json", "../there"), ("file:///else/a.json".to_owned(), Base::None));
    }
}
