//! Which place a user means: a folder, `file:///…` or `s3://bucket/prefix`.

use std::path::PathBuf;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig};
use url::{Host, Url};

use crate::Error;
use crate::bucket::{Bucket, Connector};

/// How long the client repeats one failing request: as long as a lease lives.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
/// Enough that the timeout decides, not the number.
const MAX_RETRIES: usize = 20;
/// How long to wait for a connection, and for one request, unless the environment says otherwise.
const CONNECT_TIMEOUT: &str = "5s";
const REQUEST_TIMEOUT: &str = "30s";
/// The variable that names the storage class of data files.
const STORAGE_CLASS: &str = "AWS_STORAGE_CLASS";

/// A place for an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket and the prefix in it, which may be empty.
    Bucket { bucket: String, prefix: String },
}

impl Root {
    /// Reads what the user wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(bad("the name is empty"));
        }
        if !text.contains("://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        let url = Url::parse(text).map_err(|error| bad(format!("not a URL: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(bad(
                "the URL carries credentials or a query; credentials belong into the environment",
            ));
        }
        match url.scheme() {
            "file" => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| bad(format!("{text} does not name a folder of this machine"))),
            "s3" => Self::bucket(&url),
            other => Err(bad(format!("the scheme {other}:// is not known"))),
        }
    }

    fn bucket(url: &Url) -> Result<Self, Error> {
        let bucket = url.host_str().filter(|name| !name.is_empty());
        let bucket = bucket.ok_or_else(|| bad("the URL names no bucket"))?;
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: url.path().trim_matches('/').to_owned(),
        })
    }
}

fn bad(problem: impl Into<String>) -> Error {
    Error::Root {
        problem: problem.into(),
    }
}

fn bad_setting(problem: impl Into<String>) -> Error {
    Error::Setting {
        problem: problem.into(),
    }
}

/// Opens a bucket, confined to `prefix`, by the usual `AWS_*` variables.
pub(crate) fn open_bucket(bucket: &str, prefix: &str) -> Result<Bucket, Error> {
    let class = std::env::var(STORAGE_CLASS).ok();
    let storage_class = class.map(storage_class).transpose()?;
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    let plain_http = plain_http(&builder)?;
    let connector = Connector::default();
    let store = patience(builder)
        .with_allow_http(plain_http)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_http_connector(connector.clone())
        .build()
        .map_err(|source| Error::Configure {
            root: format!("s3://{bucket}"),
            source,
        })?;
    Ok(Bucket::new(store, prefix, connector, storage_class))
}

/// Sets how long to wait for the store; the time for one request may be given as `AWS_TIMEOUT`.
fn patience(builder: AmazonS3Builder) -> AmazonS3Builder {
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: MAX_RETRIES,
        retry_timeout: RETRY_TIMEOUT,
    };
    let limits = [
        (ClientConfigKey::ConnectTimeout, CONNECT_TIMEOUT),
        (ClientConfigKey::Timeout, REQUEST_TIMEOUT),
    ];
    let mut builder = builder.with_retry(retry);
    for (key, default) in limits {
        let key = AmazonS3ConfigKey::Client(key);
        let given = builder.get_config_value(&key);
        builder = builder.with_config(key, given.unwrap_or_else(|| default.to_owned()));
    }
    builder
}

/// Reads the storage class of data files. What cannot be read at once is of no use: the next export
/// compares its rows with those that are there.
fn storage_class(class: String) -> Result<String, Error> {
    match class.as_str() {
        "GLACIER" | "DEEP_ARCHIVE" => Err(bad_setting(format!(
            "{STORAGE_CLASS} is {class}, whose objects cannot be read at once"
        ))),
        "" => Err(bad_setting(format!("{STORAGE_CLASS} is empty"))),
        _ => Ok(class),
    }
}

/// Returns whether the endpoint is plain HTTP, which is allowed on this machine, or when asked for.
fn plain_http(builder: &AmazonS3Builder) -> Result<bool, Error> {
    let endpoint = builder
        .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
        .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    let allowed = AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp);
    let allowed = builder
        .get_config_value(&allowed)
        .is_some_and(|allowed| allowed.eq_ignore_ascii_case("true") || allowed == "1");
    endpoint.map_or(Ok(false), |endpoint| is_plain_http(&endpoint, allowed))
}

fn is_plain_http(endpoint: &str, allowed: bool) -> Result<bool, Error> {
    let url = Url::parse(endpoint)
        .map_err(|error| bad_setting(format!("AWS_ENDPOINT_URL is not a URL: {error}")))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match (url.scheme(), loopback || allowed) {
        ("https", _) => Ok(false),
        ("http", true) => Ok(true),
        ("http", false) => Err(bad_setting(
            "AWS_ENDPOINT_URL is plain http:// to another machine; use https://, or say \
             AWS_ALLOW_HTTP=true where the network may read along",
        )),
        (other, _) => Err(bad_setting(format!(
            "AWS_ENDPOINT_URL has the scheme {other}://; use https://"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_files_and_buckets_are_told_apart() {
        assert_eq!(
            Root::parse("./lake").unwrap(),
            Root::Folder("./lake".into())
        );
        assert_eq!(
            Root::parse("file:///var/lake").unwrap(),
            Root::Folder("/var/lake".into())
        );
        let bucket = Root::Bucket {
            bucket: "b".into(),
            prefix: "a/c".into(),
        };
        assert_eq!(Root::parse("s3://b/a/c/").unwrap(), bucket);
        for wrong in [
            "",
            "s3://",
            "gs://b",
            "s3://key:secret@b/x",
            "file://other/x",
        ] {
            let error = Root::parse(wrong).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_or_for_whoever_asks() {
        assert!(is_plain_http("http://127.0.0.1:8333", false).unwrap());
        assert!(is_plain_http("http://[::1]:8333", false).unwrap());
        assert!(!is_plain_http("https://minio.example", false).unwrap());
        assert!(!is_plain_http("https://minio.example", true).unwrap());
        assert!(is_plain_http("http://minio.example", true).unwrap());
        let refused = is_plain_http("http://minio.example", false).unwrap_err();
        assert!(refused.to_string().contains("AWS_ALLOW_HTTP"), "{refused}");
        assert!(is_plain_http("ftp://127.0.0.1", true).is_err());
    }

    #[test]
    fn classes_that_cannot_be_read_at_once_are_refused() {
        assert_eq!(storage_class("GLACIER_IR".into()).unwrap(), "GLACIER_IR");
        for class in ["GLACIER", "DEEP_ARCHIVE", ""] {
            assert!(storage_class(class.into()).is_err(), "{class}");
        }
    }
}
