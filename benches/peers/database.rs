//! A PostgreSQL with tables as the service has them.

use headcount::source::compreface::kinds;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use uuid::Uuid;

use crate::support::compreface::Model;

const TABLES: &str = r#"
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
    CREATE SEQUENCE user_id_seq;
    CREATE TABLE "user" (id bigint PRIMARY KEY DEFAULT nextval('user_id_seq'), guid text NOT NULL UNIQUE);
    CREATE TABLE app (id bigserial PRIMARY KEY, guid text NOT NULL UNIQUE);
    CREATE TABLE model (id bigserial PRIMARY KEY, guid text NOT NULL UNIQUE, app_id bigint REFERENCES app, type char(1),
        api_key text NOT NULL);
    CREATE TABLE subject (id bigserial PRIMARY KEY, api_key text NOT NULL);
    CREATE TABLE embedding (id bigserial PRIMARY KEY, subject_id bigint REFERENCES subject);
    CREATE INDEX ON subject (api_key);
    CREATE INDEX ON embedding (subject_id);
"#;

/// A server of its own, which ends with this value.
pub struct Database {
    programs: PathBuf,
    directory: TempDir,
}

impl Database {
    pub fn start(programs: &Path) -> Self {
        let database = Self { programs: programs.to_owned(), directory: tempfile::tempdir().unwrap() };
        // PostgreSQL refuses to run as root.
        if let Some((user, group)) = its_own_user() {
            chown(database.directory.path(), Some(user), Some(group)).unwrap();
        }
        let data = database.data();
        database.run("initdb", &["-D", &data, "-U", "compreface", "--auth=trust", "--no-sync"]);
        database.resume();
        database
    }

    /// What a client needs to reach it.
    pub fn datasource(&self) -> String {
        format!("host={} user=compreface dbname=postgres sslmode=disable", self.directory.path().display())
    }

    pub fn resume(&self) {
        let options = format!("-k {} -c listen_addresses= -c fsync=off", self.directory.path().display());
        self.run("pg_ctl", &["-D", &self.data(), "-o", &options, "-w", "-l", &format!("{}.log", self.data()), "start"]);
    }

    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "fast", "-w", "stop"]);
    }

    /// Holds what the service holds, and nothing else.
    pub fn fill(&self, model: &Model) {
        let mut sql = TABLES.to_owned();
        for user in &model.users {
            sql.push_str(&add_user(user.id));
        }
        for application in &model.applications {
            sql.push_str(&format!("INSERT INTO app (guid) VALUES ('{}');", application.id));
            for service in &application.services {
                let kind = match service.kind {
                    kinds::DETECTION => 'D',
                    kinds::VERIFICATION => 'V',
                    _ => 'R',
                };
                sql.push_str(&format!(
                    "INSERT INTO model (guid, app_id, type, api_key) VALUES ('{0}', currval('app_id_seq'), '{kind}', '{1}');
                     INSERT INTO subject (api_key) VALUES ('{1}');
                     INSERT INTO embedding (subject_id)
                     SELECT currval('subject_id_seq') FROM generate_series(1, {2});",
                    service.id, service.key, service.faces
                ));
            }
        }
        self.query(&sql);
    }

    pub fn add_user(&self, id: Uuid) {
        self.query(&add_user(id));
    }

    pub fn remove_user(&self, id: Uuid) {
        self.query(&format!(r#"DELETE FROM "user" WHERE guid = '{id}';"#));
    }

    fn data(&self) -> String {
        self.directory.path().join("data").to_str().unwrap().to_owned()
    }

    fn query(&self, sql: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), sql).unwrap();
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([&self.datasource(), "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file.path());
        let output = psql.env("PGOPTIONS", "-c client_min_messages=warning").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match its_own_user() {
            Some(_) => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let log = self.directory.path().join("programs.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let status = command
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        assert!(status.success(), "{command:?} failed");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut stop = Command::new(self.programs.join("pg_ctl"));
        if its_own_user().is_some() {
            stop = Command::new("runuser");
            stop.args(["-u", "postgres", "--"]).arg(self.programs.join("pg_ctl"));
        }
        let _ = stop.args(["-D", &self.data(), "-m", "immediate", "stop"]).stdout(Stdio::null()).status();
    }
}

fn add_user(id: Uuid) -> String {
    format!(r#"INSERT INTO "user" (guid) VALUES ('{id}');"#)
}

/// The user and group that Debian's packages make, if this is root.
fn its_own_user() -> Option<(u32, u32)> {
    if !is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let Some(line) = line else { panic!("root needs the user postgres to start PostgreSQL") };
    let fields: Vec<_> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
