//! Which file a name means.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cadre_agents::command::{ResolveError, resolve_program};
use cadre_agents::folder::FileHash;

fn executable(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder of ours");
    std::fs::write(path, content).expect("a folder of ours");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a file of ours");
}

#[test]
fn a_name_means_one_file_and_tells_if_it_can_change() {
    let root = tempfile::tempdir().expect("a temporary folder is needed");
    let root = root.path().canonicalize().expect("it exists");
    let (project, system, tools) = (root.join("project"), root.join("system"), root.join("tools"));
    executable(&project.join("build.sh"), "project build");
    executable(&project.join("sub/run"), "project run");
    executable(&project.join("tool"), "shadow");
    executable(&system.join("tool"), "system tool");
    executable(&tools.join("tool"), "other tool");
    executable(&tools.join("late"), "late tool");
    std::fs::write(system.join("late"), "not executable").expect("a folder of ours");
    std::fs::create_dir(system.join("folder")).expect("a folder of ours");
    symlink(system.join("tool"), project.join("link-out")).expect("a folder of ours");
    symlink(project.join("build.sh"), system.join("link-in")).expect("a folder of ours");
    symlink(system.join("tool"), system.join("alias")).expect("a folder of ours");
    let path_dirs: Vec<PathBuf> = vec![".".into(), "".into(), system.clone(), tools.clone()];

    let hash = |content: &str| Some(FileHash::of_bytes(content.as_bytes()));
    let rows = [
        (
            "tool",
            system.join("tool"),
            hash("system tool"),
            "relative entries of a path must not shadow the system",
        ),
        ("late", tools.join("late"), hash("late tool"), "a file that cannot run is passed over"),
        ("alias", system.join("alias"), hash("system tool"), "a link keeps its name: programs behave by it"),
        ("./build.sh", project.join("build.sh"), hash("project build"), "a project's file can change"),
        ("sub/run", project.join("sub/run"), hash("project run"), "a slash means a file, not a search"),
        ("./link-out", project.join("link-out"), hash("system tool"), "the project's link can be turned"),
        (
            "/bin/sh",
            Path::new("/bin").canonicalize().expect("it is there").join("sh"),
            None,
            "the system's own program is the administrator's",
        ),
        ("link-in", system.join("link-in"), hash("project build"), "what it leads to can change"),
    ];
    for (name, path, sha256, why) in rows {
        let found = resolve_program(name, &path_dirs, &project, &project).expect(name);
        assert_eq!((found.path, found.sha256), (path, sha256), "{name}: {why}");
    }

    let absolute = tools.join("tool").display().to_string();
    let found = resolve_program(&absolute, &[], &project, &project).expect("it exists");
    assert_eq!(found.real_path, tools.join("tool"), "an absolute name needs no search");

    type Check = fn(&ResolveError) -> bool;
    let refused: [(&str, Check); 7] = [
        ("missing", |error| matches!(error, ResolveError::NotFound { .. })),
        ("./missing", |error| matches!(error, ResolveError::NotFound { .. })),
        ("build.sh/x", |error| matches!(error, ResolveError::NotFound { .. })),
        ("folder", |error| matches!(error, ResolveError::IsDirectory { .. })),
        ("", |error| matches!(error, ResolveError::InvalidName { .. })),
        ("..", |error| matches!(error, ResolveError::InvalidName { .. })),
        ("to\0ol", |error| matches!(error, ResolveError::InvalidName { .. })),
    ];
    for (name, expected) in refused {
        let error = resolve_program(name, &path_dirs, &project, &project).expect_err(name);
        assert!(expected(&error), "{name:?}: {error:?}");
    }
}
