//! Which place a user means: a folder, `file:///…` or `s3://bucket/prefix`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};
use url::{Host, Url};

use crate::Error;

/// How long the client repeats one failing request: as long as a lease lives.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
/// Enough that the timeout decides, not the number.
const MAX_RETRIES: usize = 20;

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

/// Returns the store of a bucket, confined to `prefix`, by the usual `AWS_*` variables.
pub(crate) fn open_bucket(bucket: &str, prefix: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    let plain_http = plain_http(&builder)?;
    let store: AmazonS3 = builder
        .with_allow_http(plain_http)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: MAX_RETRIES,
            retry_timeout: RETRY_TIMEOUT,
        })
        .with_config(
            AmazonS3ConfigKey::Client(ClientConfigKey::ConnectTimeout),
            "5s",
        )
        .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), "30s")
        .build()
        .map_err(|source| Error::Configure {
            root: format!("s3://{bucket}"),
            source,
        })?;
    if prefix.is_empty() {
        Ok(Arc::new(store))
    } else {
        Ok(Arc::new(PrefixStore::new(store, prefix)))
    }
}

/// Returns whether the endpoint is plain HTTP, which is allowed on this machine only.
fn plain_http(builder: &AmazonS3Builder) -> Result<bool, Error> {
    let endpoint = builder
        .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
        .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    endpoint.map_or(Ok(false), |endpoint| is_plain_loopback(&endpoint))
}

fn is_plain_loopback(endpoint: &str) -> Result<bool, Error> {
    let url = Url::parse(endpoint)
        .map_err(|error| bad(format!("AWS_ENDPOINT_URL is not a URL: {error}")))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match (url.scheme(), loopback) {
        ("https", _) => Ok(false),
        ("http", true) => Ok(true),
        ("http", false) => Err(bad(
            "AWS_ENDPOINT_URL is plain http:// to another machine; use https://",
        )),
        (other, _) => Err(bad(format!(
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
    fn plain_http_is_for_this_machine_only() {
        assert!(is_plain_loopback("http://127.0.0.1:8333").unwrap());
        assert!(is_plain_loopback("http://[::1]:8333").unwrap());
        assert!(!is_plain_loopback("https://minio.example").unwrap());
        assert!(is_plain_loopback("http://minio.example").is_err());
        assert!(is_plain_loopback("ftp://127.0.0.1").is_err());
    }
}
