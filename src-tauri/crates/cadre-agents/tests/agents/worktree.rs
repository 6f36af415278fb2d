//! Repositories as they are found, hostile ones included, and what is left of a worktree that was killed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cadre_agents::command::{Confinement, ContainmentLevel};
use cadre_agents::worktree::{
    Git, GitError, Head, Merge, Repository, Signature, WORKING_PAPERS, find_repository, shown,
};
use tokio_util::sync::CancellationToken;

use crate::harness::{Project, levels};

const IDENTITY: &str = "export HOME=/nonexistent GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x.invalid \
    GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@x.invalid GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow \
    GIT_CONFIG_VALUE_0=always; set -e; ";

/// A folder with a repository `repo` in it, of one commit, and a place for worktrees.
struct Bench {
    project: Project,
    confinement: Confinement,
}

impl Bench {
    async fn new(level: ContainmentLevel) -> Self {
        let project = Project::new(level);
        let confinement = project.confinement();
        let bench = Bench { project, confinement };
        bench.git("git init -q -b main repo; cd repo; echo one >a.txt; git add .; git commit -qm one").await;
        bench
    }

    /// Runs a script as the repository's user would.
    async fn git(&self, script: &str) -> String {
        self.project.output(&format!("{IDENTITY}{script}")).await
    }

    fn at(&self, path: &str) -> PathBuf {
        self.project.path().canonicalize().expect("it is there").join(path)
    }

    fn cadre(&self) -> Git<'_> {
        Git::find(&self.confinement, CancellationToken::new()).expect("git is installed")
    }

    fn repository(&self) -> Repository {
        find_repository(&self.at("repo")).expect("is read").expect("is one")
    }

    async fn head(&self) -> String {
        self.git("git -C repo rev-parse HEAD").await
    }

    /// A worktree on a branch of its own, at the newest commit.
    async fn worktree(&self, name: &str) -> PathBuf {
        let (path, branch) = (self.at(name), format!("cadre/{name}"));
        let head = self.head().await;
        self.cadre().add_worktree(&self.repository(), &path, &branch, &head, None).await.expect("is made");
        path
    }

    async fn commit(&self, name: &str, message: &str) -> Option<String> {
        let branch = format!("cadre/{name}");
        let parent = self.git(&format!("git -C repo rev-parse {branch}")).await;
        let made = self
            .cadre()
            .commit(&self.repository(), &self.at(name), &branch, &[parent], message, &signature())
            .await;
        made.expect("is committed").map(|commit| commit.id)
    }

    async fn merge(&self, into: &str, from: &str) -> Result<Merge, GitError> {
        let (ours, theirs) = (format!("cadre/{into}"), format!("cadre/{from}"));
        let (into, from) = (self.at(into), self.at(from));
        let cadre = self.cadre();
        cadre.merge(&self.repository(), (&into, &ours), (&from, &theirs), "Merge", &signature()).await
    }
}

fn signature() -> Signature {
    Signature { author: "software-engineer".into(), at: 1_795_000_000 }
}

fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("it has one")).expect("is made");
    std::fs::write(path, content).expect("is written");
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn a_repository_is_found_by_its_files_and_believed_only_where_it_knows_the_folder() {
    let bench = Bench::new(ContainmentLevel::None).await;
    bench
        .git(
            "mkdir -p plain repo/deep/er elsewhere foreign empty/.git
             git clone -q --bare repo bare.git
             git -C repo worktree add -q ../linked
             git clone -q repo super
             git -C super submodule -q add ../repo sub; git -C super commit -qm sub
             git init -q --separate-git-dir=elsewhere/git foreign
             printf 'gitdir: ../linked-from-nowhere' >plain/unrelated",
        )
        .await;
    symlink(bench.at("repo/.git"), bench.at("plain/.git")).expect("is made");
    let outside = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(find_repository(outside.path()).expect("is read"), None, "a folder of no repository");
    for (folder, top, subfolder, bare) in [
        ("repo", "repo", "", false),
        ("repo/deep/er", "repo", "deep/er", false),
        ("bare.git", "bare.git", "", true),
        ("linked", "linked", "", false),
        ("super/sub", "super/sub", "", false),
    ] {
        let found = find_repository(&bench.at(folder)).expect("is read").expect("is one");
        assert_eq!(
            (found.top, found.subfolder.as_str(), found.bare),
            (bench.at(top), subfolder, bare),
            "{folder}"
        );
        let looked = bench.cadre().look(&find_repository(&bench.at(folder)).unwrap().unwrap()).await;
        let head = looked.unwrap_or_else(|error| panic!("{folder}: {error}")).head;
        assert_eq!(head.commit().map(str::len), Some(40), "{folder} has a commit");
    }
    for (folder, why) in [("plain", "is a link"), ("foreign", "elsewhere"), ("empty", "not a repository")] {
        let refused = find_repository(&bench.at(folder)).expect_err("it is left alone").to_string();
        assert!(refused.contains(why), "{folder}: {refused}");
    }
}

#[tokio::test]
async fn a_look_tells_how_a_repository_stands() {
    for level in levels() {
        let bench = Bench::new(level).await;
        let look = || async { bench.cadre().look(&bench.repository()).await.expect("is looked at") };
        let clean = look().await;
        assert_eq!(clean.head, Head::Branch { name: "main".into(), commit: bench.head().await });
        assert_eq!((clean.dirty.len(), clean.under_way, clean.shallow), (0, None, false), "at {level}");
        let names = ["-rf ~", " lead", "a\nb", "ü", "$(id)", "? x", "1 .M N... x"];
        for name in names {
            write(&bench.at("repo").join(name), "x");
        }
        write(&bench.at("repo").join(OsStr::from_bytes(b"\xff")), "x");
        write(&bench.at("repo/a.txt"), "changed");
        let dirty = look().await.dirty;
        assert_eq!(dirty.len(), names.len() + 2, "each is listed, none twice: {dirty:?}");
        assert!(names.iter().all(|name| dirty.contains(&PathBuf::from(name))), "{dirty:?}");
        bench
            .git(
                "cd repo; rm -f -- *; git checkout -q .; git checkout -qb side; echo side >a.txt; git commit -qam side
                 git checkout -q main; echo main >a.txt; git commit -qam main; git merge -q side >&2 || true",
            )
            .await;
        let merging = look().await;
        assert_eq!((merging.under_way, shown(&merging.unmerged)), (Some("merge"), "a.txt".to_owned()));
        bench.git("cd repo; git merge --abort; git checkout -q --detach").await;
        assert!(matches!(look().await.head, Head::Detached { .. }));
        bench.git("git init -q none; git clone -q --depth=1 file://$PWD/repo shallow 2>&1").await;
        let none = find_repository(&bench.at("none")).expect("is read").expect("is one");
        assert_eq!(bench.cadre().look(&none).await.expect("is looked at").head, Head::Unborn);
        let shallow = find_repository(&bench.at("shallow")).expect("is read").expect("is one");
        assert!(bench.cadre().look(&shallow).await.expect("is looked at").shallow);
    }
}

#[tokio::test]
async fn work_in_a_worktree_leaves_the_checkout_alone_and_is_on_the_branch() {
    for level in levels() {
        let bench = Bench::new(level).await;
        write(&bench.at("repo/a.txt"), "the user's own change");
        let before = bench.git("cd repo; git status --porcelain; cat .git/HEAD .git/index | sha256sum").await;
        let tree = bench.worktree("work").await;
        assert_eq!(
            read(tree.join("a.txt")),
            "one\n",
            "it begins at the commit, without what is not committed"
        );
        assert_eq!(bench.commit("work", "Nothing").await, None, "nothing changed, nothing is committed");
        write(&tree.join("a.txt"), "two\n");
        write(&tree.join("-odd\nname"), "new\n");
        write(&tree.join(WORKING_PAPERS).join("notes.md"), "a paper");
        let cadre = bench.cadre();
        let open = cadre.uncommitted(&bench.repository(), &tree).await.expect("is read");
        assert_eq!(open.len(), 2, "papers are not counted: {open:?}");
        let commit = bench.commit("work", "Change it\n\nWith a body").await.expect("is made");
        let shows = bench.git("git -C repo log -1 --format='%an|%ae|%cn|%s|%at' cadre/work").await;
        let expected = "software-engineer|software-engineer@cadre.invalid|Cadre|Change it|1795000000";
        assert_eq!(shows, expected, "who did it is its author");
        let names = bench.git("git -C repo ls-tree -r -z --name-only cadre/work | tr '\\0' '|'").await;
        assert_eq!(names, "-odd\nname|a.txt|", "working papers stay out of the branch");
        let repository = bench.repository();
        let files = cadre.changed(&repository, &bench.head().await, &commit).await.expect("is read");
        assert_eq!(files, [PathBuf::from("-odd\nname"), PathBuf::from("a.txt")]);
        let listed = cadre.worktrees(&repository).await.expect("is read");
        assert!(listed.iter().any(|it| it.path == tree && it.branch.as_deref() == Some("cadre/work")));
        assert_eq!(cadre.branches(&repository, "cadre").await.expect("is read"), ["cadre/work"]);
        let after = bench.git("cd repo; git status --porcelain; cat .git/HEAD .git/index | sha256sum").await;
        assert_eq!(after, before, "the user's checkout is as it was, at {level}");
        cadre.remove_worktree(&repository, &tree).await.expect("is removed");
        assert!(!tree.exists() && cadre.worktrees(&repository).await.expect("is read").len() == 1);
        assert_eq!(cadre.branch(&repository, "cadre/work").await.expect("is read"), Some(commit));
    }
}

#[tokio::test]
async fn nothing_that_a_repository_configures_is_started() {
    for level in levels() {
        let bench = Bench::new(level).await;
        // Each would leave a file in the repository, which git may write.
        bench
            .git(
                r#"cd repo; trap="touch $PWD/.git/started-"
                for hook in post-checkout reference-transaction pre-commit post-index-change post-merge; do
                    printf '#!/bin/sh\ntouch %s/.git/started-hook-%s\n' "$PWD" $hook >.git/hooks/$hook; chmod +x .git/hooks/$hook
                done
                git config core.fsmonitor "${trap}fsmonitor"
                for key in 'filter.a=b.clean' 'filter.a=b.smudge'; do git config "$key" "${trap}filter; cat"; done
                git config filter.a=b.required true
                git config merge.mine.driver "${trap}driver"
                git config diff.external "${trap}diff"
                git config core.sshCommand "${trap}ssh"; git config core.editor "${trap}editor"
                git config commit.gpgsign true; git config gpg.program "${trap}gpg"
                printf '* filter=a=b merge=mine\n' >.git/info/attributes
                printf '*.txt filter=a=b merge=mine\n' >.gitattributes
                git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgsign=false add . ; \
                git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgsign=false commit -qm attributes
                rm -f .git/started-*"#,
            )
            .await;
        let one = bench.worktree("one").await;
        let two = bench.worktree("two").await;
        write(&one.join("a.txt"), "one\nfrom one\n");
        write(&two.join("a.txt"), "from two\none\n");
        bench.commit("one", "One").await.expect("is made");
        bench.commit("two", "Two").await.expect("is made");
        let cadre = bench.cadre();
        cadre.look(&bench.repository()).await.expect("is looked at");
        let merged = bench.merge("one", "two").await.expect("is tried");
        assert!(
            matches!(merged, Merge::Conflicts { .. }),
            "a driver that may not run settles nothing: {merged:?}"
        );
        let started = bench.git("ls repo/.git | grep started || true").await;
        assert_eq!(started, "", "at {level}");
    }
}

#[tokio::test]
async fn branches_of_parallel_steps_are_merged_and_conflicts_are_listed() {
    let bench = Bench::new(ContainmentLevel::None).await;
    let main = bench.worktree("main").await;
    write(&main.join(WORKING_PAPERS).join("plan.md"), "handed out");
    let (repository, head) = (bench.repository(), bench.head().await);
    for name in ["left", "right", "third"] {
        let branch = format!("cadre/{name}");
        let made =
            bench.cadre().add_worktree(&repository, &bench.at(name), &branch, &head, Some(&main)).await;
        made.expect("is made");
    }
    assert_eq!(read(bench.at("left/cadre-work/plan.md")), "handed out");
    write(&bench.at("left/left.txt"), "left\n");
    write(&bench.at("left/a.txt"), "left\n");
    write(&bench.at("left/cadre-work/plan.md"), "changed by left");
    write(&bench.at("right/right.txt"), "right\n");
    write(&bench.at("third/a.txt"), "third\n");
    for name in ["left", "right", "third"] {
        bench.commit(name, name).await.expect("is made");
    }
    for name in ["left", "right"] {
        let merged = bench.merge("main", name).await.expect("is merged");
        assert!(matches!(merged, Merge::Done(_)), "{name}: {merged:?}");
        assert!(!bench.at(name).exists(), "what is merged is taken away");
        assert_eq!(bench.cadre().branch(&repository, &format!("cadre/{name}")).await.expect("is read"), None);
    }
    assert_eq!(read(main.join("left.txt")) + &read(main.join("right.txt")), "left\nright\n");
    assert_eq!(read(main.join("cadre-work/plan.md")), "changed by left", "an old copy undoes nothing");
    let Ok(Merge::Conflicts { files, into }) = bench.merge("main", "third").await else {
        panic!("both changed the same line")
    };
    assert_eq!(shown(&files), "a.txt");
    assert_eq!(read(main.join("a.txt")), "left\n", "what was merged into is as it was");
    assert!(read(bench.at("third/a.txt")).contains("<<<<<<<"), "the person sees both sides");
    let parent = bench.git("git -C repo rev-parse cadre/third").await;
    let settle = || async {
        let parents = [parent.clone(), into.clone()];
        let cadre = bench.cadre();
        cadre.commit(&repository, &bench.at("third"), "cadre/third", &parents, "Settle", &signature()).await
    };
    let refused = settle().await.expect_err("nothing was settled");
    assert!(matches!(&refused, GitError::Unsettled { files } if shown(files) == "a.txt"), "{refused}");
    write(&bench.at("third/a.txt"), "left and third\n");
    settle().await.expect("is settled").expect("is a commit");
    assert!(matches!(bench.merge("main", "third").await, Ok(Merge::Done(_))));
    assert_eq!(read(main.join("a.txt")), "left and third\n");
    let again = bench.merge("main", "third").await;
    assert!(matches!(again, Ok(Merge::Done(_))), "a merge that was done is not done again: {again:?}");
    assert_eq!(
        bench.git("git -C repo status --porcelain; git -C main status --porcelain").await,
        "?? cadre-work/"
    );
}

#[tokio::test]
async fn what_nobody_recorded_is_not_merged_over_and_a_moved_branch_is_noticed() {
    let bench = Bench::new(ContainmentLevel::None).await;
    let main = bench.worktree("main").await;
    let other = bench.worktree("other").await;
    write(&other.join("b.txt"), "other\n");
    bench.commit("other", "Other").await.expect("is made");
    write(&main.join("a.txt"), "somebody's\n");
    let refused = bench.merge("main", "other").await.expect_err("it would mix");
    assert!(matches!(&refused, GitError::Unrecorded { files } if shown(files) == "a.txt"), "{refused}");
    assert_eq!(read(main.join("a.txt")), "somebody's\n");
    let before = bench.head().await;
    bench.git("git -C main commit -qam theirs").await;
    let late = bench
        .cadre()
        .commit(&bench.repository(), &main, "cadre/main", std::slice::from_ref(&before), "Late", &signature())
        .await;
    assert!(matches!(late, Err(GitError::Moved { .. })), "{late:?}");
    let taken =
        bench.cadre().add_worktree(&bench.repository(), &bench.at("x"), "cadre/main", &before, None).await;
    assert!(matches!(taken, Err(GitError::BranchTaken { .. })), "{taken:?}");
}

#[tokio::test]
async fn a_commit_is_made_once_however_often_it_is_asked_for() {
    let bench = Bench::new(ContainmentLevel::None).await;
    let tree = bench.worktree("work").await;
    write(&tree.join("a.txt"), "two\n");
    let parent = [bench.head().await];
    let commit = || async {
        let cadre = bench.cadre();
        cadre.commit(&bench.repository(), &tree, "cadre/work", &parent, "Once", &signature()).await
    };
    let first = commit().await.expect("is made").expect("something changed");
    write(&bench.repository().common_dir.join("worktrees/work/index.lock"), "left by a kill");
    let second = commit().await.expect("is found").expect("it is there");
    assert_eq!(first, second);
    assert_eq!(bench.git("git -C repo rev-list --count main..cadre/work").await, "1");
}

#[tokio::test]
async fn a_worktree_that_was_killed_half_way_is_made_whole_by_the_next_attempt() {
    let mut bench = Bench::new(ContainmentLevel::None).await;
    bench
        .git("cd repo; mkdir many; for i in $(seq 400); do echo $i >many/$i; done; git add .; git commit -qm many")
        .await;
    // A way to see that whatever was killed has ended: it has this pipe open as long as it lives.
    let mut witness = bench.project.witness();
    let real = bench.confinement.exec_program.display().to_string();
    let script = format!("#!/bin/sh\nexec 5>{}\nexec {real} \"$@\"\n", bench.at("witness").display());
    let wrapper = bench.project.file("exec", &script);
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("is marked");
    bench.confinement.exec_program = wrapper;
    let (repository, head) = (bench.repository(), bench.head().await);
    let mut cut = 0;
    for millis in [5, 20, 40, 60, 80, 120, 160, 200] {
        let (name, branch) = (format!("w{millis}"), format!("cadre/w{millis}"));
        let path = bench.at(&name);
        let cadre = bench.cadre();
        let killed = {
            let attempt = cadre.add_worktree(&repository, &path, &branch, &head, None);
            // Dropping it kills git, wherever it is.
            tokio::time::timeout(Duration::from_millis(millis), attempt).await.is_err()
        };
        witness.wait_until_nobody_is_left();
        cut += u32::from(killed);
        cadre.add_worktree(&repository, &path, &branch, &head, None).await.expect("is made whole");
        assert_eq!(bench.git(&format!("git -C {name} status --porcelain")).await, "", "after {millis} ms");
        assert_eq!(std::fs::read_dir(path.join("many")).expect("is there").count(), 400);
    }
    assert!(cut > 1, "some were killed half way: {cut}");
}
