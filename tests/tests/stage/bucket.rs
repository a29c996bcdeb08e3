//! An archive in a bucket, seen by someone who knows nothing of the program that wrote it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use gc_core::Day;
use jiff::Timestamp;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Archive;

/// The variables that tell a program of the store.
const VARIABLES: [&str; 4] = [
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
];
const LEASE: &str = "_gc/leases/conversations.json";

/// An archive in the bucket that `scripts/with_s3.sh` has made. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Bucket {
    /// Its root, as a program is told.
    pub(crate) root: String,
    prefix: String,
    store: AmazonS3,
    runtime: Arc<Runtime>,
}

/// What must not change in an object that nobody touches.
pub(crate) type Stamp = (Option<String>, String);

impl Bucket {
    /// Returns a place where nothing is yet; none, and says so, without a store.
    pub(crate) fn fresh() -> Option<Self> {
        let Ok(root) = env::var("GC_TEST_S3_ROOT") else {
            println!("skipped: GC_TEST_S3_ROOT is not set; scripts/with_s3.sh sets it");
            return None;
        };
        let root = format!("{root}/{:016x}", fastrand::u64(..));
        let (bucket, prefix) = root["s3://".len()..].split_once('/').unwrap();
        let store = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_allow_http(true)
            .build();
        Some(Self {
            prefix: prefix.to_owned(),
            root: root.clone(),
            store: store.unwrap(),
            runtime: Arc::new(Runtime::new().unwrap()),
        })
    }

    /// Tells a program how to reach the store.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(VARIABLES.map(|name| (name, env::var(name).unwrap())))
    }

    fn path(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }

    /// Returns the objects below a folder, by name.
    pub(crate) fn stamps(&self, folder: &str) -> BTreeMap<String, Stamp> {
        let listing = self.store.list(Some(&self.path(folder)));
        let objects: Vec<_> = self.runtime.block_on(listing.try_collect()).unwrap();
        let named = objects.into_iter().map(|object| {
            let name = object.location.as_ref()[self.prefix.len() + 1..].to_owned();
            (name, (object.e_tag, object.last_modified.to_string()))
        });
        named.collect()
    }

    /// Returns the data files, manifests and quarantine.
    pub(crate) fn kept(&self) -> BTreeMap<String, Stamp> {
        let folders = ["conversations", "_gc/manifests", "_gc/quarantine"];
        folders
            .iter()
            .flat_map(|folder| self.stamps(folder))
            .collect()
    }

    /// Returns an object; none when there is none.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        let get = async { self.store.get(&path).await?.bytes().await };
        match self.runtime.block_on(get) {
            Ok(bytes) => Some(bytes.into()),
            Err(object_store::Error::NotFound { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn put(&self, name: &str, bytes: Vec<u8>) {
        let path = self.path(name);
        let put = self.store.put(&path, bytes.into());
        self.runtime.block_on(put).unwrap();
    }

    /// Copies what a plain glob for a dataset finds, and what is known about it, to a folder.
    pub(crate) fn copy(&self) -> (TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        for name in self.stamps("").into_keys() {
            // An object may go while it is looked at.
            if let Some(bytes) = self.get(&name) {
                let file = folder.path().join(&name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, bytes).unwrap();
            }
        }
        let archive = Archive(folder.path().to_owned());
        (folder, archive)
    }

    /// Returns the ids in a day's file, in order, repetitions included.
    pub(crate) fn ids(&self, date: Day) -> Vec<String> {
        let name = format!("conversations/date={date}/part-0.parquet");
        super::ids_in(bytes::Bytes::from(self.get(&name).unwrap())).unwrap()
    }

    pub(crate) fn manifest(&self, date: Day) -> Value {
        let name = format!("_gc/manifests/conversations/date={date}.json");
        serde_json::from_slice(&self.get(&name).unwrap()).unwrap()
    }

    /// Returns the lease of the conversations, as it is written down now.
    pub(crate) fn lease(&self) -> Value {
        serde_json::from_slice(&self.get(LEASE).unwrap_or_default()).unwrap_or_default()
    }

    /// Does what thirty seconds do to the lease of a dataset whose holder is dead.
    pub(crate) fn let_lease_expire(&self, dataset: &str) {
        self.change_lease(dataset, |lease| {
            lease["expiresAt"] = json!(Timestamp::UNIX_EPOCH);
        });
    }

    /// Changes the lease of a dataset, where there is one, behind everybody's back.
    pub(crate) fn change_lease(&self, dataset: &str, change: impl FnOnce(&mut Value)) {
        let name = format!("_gc/leases/{dataset}.json");
        let Some(lease) = self.get(&name) else { return };
        let mut lease: Value = serde_json::from_slice(&lease).unwrap();
        change(&mut lease);
        self.put(&name, lease.to_string().into());
    }

    /// Asks the store which uploads below the root are neither completed nor aborted.
    pub(crate) fn uploads(&self) -> Vec<String> {
        let prefix = format!("{}/", self.prefix);
        let query = [("uploads", ""), ("prefix", &prefix)];
        let options = SignedUrlOptions::new().with_query(query);
        let bucket = Path::default();
        let signed = self.store.signed_url_opts(
            "GET".parse().unwrap(),
            &bucket,
            Duration::from_mins(1),
            &options,
        );
        let url = self.runtime.block_on(signed).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let mut line = TcpStream::connect(&host).unwrap();
        let (path, query) = (url.path(), url.query().unwrap());
        let head =
            format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        line.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("</ListMultipartUploadsResult>"), "{answer}");
        let keys = answer.split("<Key>").skip(1);
        keys.map(|rest| rest.split_once("</Key>").unwrap().0.to_owned())
            .collect()
    }
}
