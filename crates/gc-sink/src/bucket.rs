//! A bucket: what an archive in it needs beyond reading and writing objects.
//!
//! - Uploads that nobody will end are found by asking the store, not by remembering their names: also
//!   those whose name nobody learnt because the answer was lost (decision 006).
//! - Data files may have a storage class of their own; what lies under `_gc/` is small and changes often,
//!   and has the bucket's.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, Request, StatusCode};
use object_store::aws::AmazonS3;
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpRequestBody, ReqwestConnector,
};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{
    Attribute, Attributes, Error as StoreError, ObjectStore, Result as StoreResult,
};
use serde::Deserialize;

use crate::Error;
use crate::store_refusal::code_in;

/// How long the right to ask for one page of the list lasts.
const SIGNED_FOR: Duration = Duration::from_secs(60);
/// How often a page of the list is asked for, and how long to wait in between.
const ATTEMPTS: u32 = 4;
const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
/// How often a folder is looked at while uploads are found there.
const ROUNDS: u32 = 3;
/// Uploads aborted at once.
const ABORTS_AT_ONCE: usize = 8;

/// A bucket, confined to a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    store: AmazonS3,
    prefix: Path,
    connector: Connector,
    storage_class: Option<String>,
}

/// What became of the uploads that nobody will end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aborted {
    /// So many were there, and are gone.
    All(u64),
    /// The store does not say which there are, for this reason.
    Unlisted(String),
}

/// Makes the store's HTTP client and keeps a copy of it, for the one request that the store's own
/// interface lacks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connector(Arc<OnceLock<HttpClient>>);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> StoreResult<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(self.0.get_or_init(|| client).clone())
    }
}

/// One page of the list of uploads.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
    #[serde(rename = "Upload")]
    uploads: Vec<Upload>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
}

impl Bucket {
    pub(crate) fn new(
        store: AmazonS3,
        prefix: &str,
        connector: Connector,
        storage_class: Option<String>,
    ) -> Self {
        Self {
            store,
            prefix: Path::from(prefix),
            connector,
            storage_class,
        }
    }

    /// Returns the bucket as a store whose paths begin after the prefix.
    pub(crate) fn to_store(&self) -> Arc<dyn ObjectStore> {
        if self.prefix.as_ref().is_empty() {
            Arc::new(self.store.clone())
        } else {
            Arc::new(PrefixStore::new(self.store.clone(), self.prefix.clone()))
        }
    }

    /// Returns what to tell the store about the object that will be at `path`.
    pub(crate) fn attributes(&self, path: &Path) -> Attributes {
        let class = self.storage_class.clone();
        let class = class.filter(|_| !path.as_ref().starts_with("_gc/"));
        class
            .map(|class| (Attribute::StorageClass, class))
            .into_iter()
            .collect()
    }

    /// Aborts every upload below the folders of the archive.
    ///
    /// Only for whoever has the sole right to write there.
    pub(crate) async fn abort_uploads(&self, folders: &[Path]) -> Result<Aborted, Error> {
        let mut count = 0;
        for folder in folders {
            // A part that was still on its way when its upload was aborted may bring it back.
            for _ in 0..ROUNDS {
                let found = match self.uploads(folder).await? {
                    Ok(found) if found.is_empty() => break,
                    Ok(found) => found,
                    Err(reason) => return Ok(Aborted::Unlisted(reason)),
                };
                count += found.len() as u64;
                stream::iter(found)
                    .map(|upload| self.abort(upload))
                    .buffer_unordered(ABORTS_AT_ONCE)
                    .try_collect::<()>()
                    .await?;
            }
        }
        Ok(Aborted::All(count))
    }

    async fn abort(&self, upload: Upload) -> Result<(), Error> {
        let path = Path::from(upload.key);
        match self.store.abort_multipart(&path, &upload.upload_id).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store("abort the upload of", &path)(error)),
        }
    }

    /// Lists the uploads below a folder, or says why the store does not.
    async fn uploads(&self, folder: &Path) -> Result<Result<Vec<Upload>, String>, Error> {
        let folder: Path = self.prefix.parts().chain(folder.parts()).collect();
        let (mut found, mut page) = (Vec::new(), Page::default());
        loop {
            let listed = self.page(&folder, &page).await;
            page = match listed.map_err(Error::store("list the uploads below", &folder))? {
                Ok(page) => page,
                Err(reason) => return Ok(Err(reason)),
            };
            found.append(&mut page.uploads);
            if !page.is_truncated || page.next_key_marker.is_empty() {
                return Ok(Ok(found));
            }
        }
    }

    async fn page(&self, folder: &Path, after: &Page) -> StoreResult<Result<Page, String>> {
        let mut attempt = 1;
        loop {
            match self.ask(folder, after).await {
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                answered => return answered,
            }
            tokio::time::sleep(ATTEMPT_PAUSE).await;
        }
    }

    async fn ask(&self, folder: &Path, after: &Page) -> StoreResult<Result<Page, String>> {
        let mut query = vec![("uploads", String::new()), ("prefix", format!("{folder}/"))];
        if after.is_truncated {
            query.push(("key-marker", after.next_key_marker.clone()));
            query.push(("upload-id-marker", after.next_upload_id_marker.clone()));
        }
        let options = SignedUrlOptions::new().with_query(query);
        let bucket = Path::default();
        let url = self
            .store
            .signed_url_opts(Method::GET, &bucket, SIGNED_FOR, &options)
            .await?;
        let Some(client) = self.connector.0.get() else {
            return Ok(Err("there is no client".to_owned()));
        };
        let request = Request::get(url.as_str()).body(HttpRequestBody::empty());
        let answer = client.execute(request.map_err(failed)?).await;
        let answer = answer.map_err(failed)?;
        let status = answer.status();
        let body = answer.into_body().bytes().await.map_err(failed)?;
        let body = String::from_utf8_lossy(&body);
        match status {
            status if status.is_success() => {
                let page = quick_xml::de::from_str(&body);
                Ok(page.map_err(|error| format!("its answer is no list: {error}")))
            }
            StatusCode::NOT_IMPLEMENTED => Ok(Err("it does not keep a list".to_owned())),
            status if status.is_server_error() => Err(failed(status.to_string())),
            status => {
                let code = code_in(&body).unwrap_or(status.as_str());
                Ok(Err(format!("it refused ({code})")))
            }
        }
    }
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Generic {
        store: "S3",
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_list_are_read_with_none_one_and_many() {
        let page = |uploads: &str| {
            let text = format!(
                "<ListMultipartUploadsResult><Bucket>b</Bucket><IsTruncated>true</IsTruncated>\
                 <NextKeyMarker>k</NextKeyMarker>{uploads}</ListMultipartUploadsResult>"
            );
            quick_xml::de::from_str::<Page>(&text).unwrap()
        };
        assert!(page("").uploads.is_empty());
        let upload = "<Upload><Key>a/date=1</Key><UploadId>7</UploadId><Owner/></Upload>";
        let two = page(&upload.repeat(2));
        assert!(two.is_truncated && two.next_key_marker == "k");
        assert_eq!(two.uploads.len(), 2);
        assert_eq!(two.uploads[1].key, "a/date=1");
    }
}
