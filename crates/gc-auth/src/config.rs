//! Everything the client has to be told, and how it is read from the environment.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::endpoints::{API_URL, LOGIN_URL};
use crate::{Endpoints, Error, RetryPolicy};

const REGION: &str = "GENESYS_CLOUD_REGION";
const CLIENT_ID: &str = "GENESYS_CLOUD_CLIENT_ID";
const CLIENT_SECRET: &str = "GENESYS_CLOUD_CLIENT_SECRET";

/// How long the other side may say nothing, unless told otherwise.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of one answer, after decompression, unless told otherwise.
///
/// A page is some 1 to 20 MB; what is larger than this is no page, and to hold it would break the
/// promise that memory is bounded.
const BODY_LIMIT: usize = 512 * 1024 * 1024;

/// The id and secret of an OAuth client with the client-credentials grant.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The id; no secret.
    pub client_id: String,
    /// The secret; never printed.
    pub secret: SecretString,
}

/// Everything the client has to be told.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) endpoints: Endpoints,
    pub(crate) credentials: Credentials,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) idle_timeout: Duration,
    pub(crate) body_limit: usize,
    pub(crate) retry: RetryPolicy,
}

impl Config {
    /// Creates a configuration with the defaults for everything else.
    pub fn new(endpoints: Endpoints, credentials: Credentials) -> Self {
        Self {
            endpoints,
            credentials,
            ca_file: None,
            idle_timeout: IDLE_TIMEOUT,
            body_limit: BODY_LIMIT,
            retry: RetryPolicy::default(),
        }
    }

    /// Reads the configuration from environment variables, by way of `lookup`.
    ///
    /// `GENESYS_CLOUD_CLIENT_ID` and `GENESYS_CLOUD_CLIENT_SECRET` are needed, and so is
    /// `GENESYS_CLOUD_REGION` unless both `GENESYS_CLOUD_API_URL` and `GENESYS_CLOUD_LOGIN_URL`
    /// are set. White space around a value is dropped; an empty value counts as not set.
    ///
    /// ```
    /// let config = gc_auth::Config::from_env(|name| match name {
    ///     "GENESYS_CLOUD_REGION" => Some("eu-central-1".to_owned()),
    ///     "GENESYS_CLOUD_CLIENT_ID" => Some("my-client".to_owned()),
    ///     "GENESYS_CLOUD_CLIENT_SECRET" => Some("hunter2".to_owned()),
    ///     _ => None,
    /// })?;
    /// assert!(!format!("{config:?}").contains("hunter2"));
    /// # Ok::<(), gc_auth::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When variables are missing (all of them are named together), or when a region or URL is
    /// not acceptable.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name: &str| {
            let text = lookup(name)?.trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let (region, api, login) = (value(REGION), value(API_URL), value(LOGIN_URL));
        let (client_id, secret) = (value(CLIENT_ID), value(CLIENT_SECRET));
        let elsewhere = api.is_some() && login.is_some();
        let names = [
            (REGION, region.is_none() && !elsewhere),
            (CLIENT_ID, client_id.is_none()),
            (CLIENT_SECRET, secret.is_none()),
        ];
        let (Some(client_id), Some(secret), false) = (client_id, secret, names[0].1) else {
            let missing = names.into_iter().filter(|(_, missing)| *missing);
            return Err(Error::Missing {
                names: missing.map(|(name, _)| name).collect(),
            });
        };
        let endpoints = match (region, &api, &login) {
            (_, Some(api), Some(login)) => Endpoints::at(api, login)?,
            (region, api, login) => Endpoints::with_overrides(
                &region.unwrap_or_default().parse()?,
                api.as_deref(),
                login.as_deref(),
            )?,
        };
        Ok(Self::new(
            endpoints,
            Credentials {
                client_id,
                secret: secret.into(),
            },
        ))
    }

    /// Trusts the certificates in a PEM file as well as those of the system.
    #[must_use]
    pub fn with_ca_file(mut self, path: Option<PathBuf>) -> Self {
        self.ca_file = path;
        self
    }

    /// Sets how long the other side may say nothing before the request counts as failed; 60 s
    /// unless set.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the most bytes of one answer, after decompression; 512 MiB unless set.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets how failed requests are repeated.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Returns where requests go.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }
}

#[cfg(test)]
mod tests {
    use gc_core::{Class, Classify};
    use secrecy::ExposeSecret;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Error> {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        Config::from_env(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn missing_variables_are_named_together() {
        let error = read(&[(CLIENT_ID, " \n")]).unwrap_err();
        for name in [REGION, CLIENT_ID, CLIENT_SECRET] {
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(matches!(error.class(), Class::Operator { .. }));
    }

    #[test]
    fn white_space_around_values_is_dropped() {
        let config = read(&[
            (REGION, "eu-west-1 "),
            (CLIENT_ID, "id\n"),
            (CLIENT_SECRET, " s3\r\n"),
        ]);
        let config = config.unwrap();
        assert_eq!(
            config.endpoints.api().as_str(),
            "https://api.mypurecloud.ie/"
        );
        assert_eq!(config.credentials.client_id, "id");
        assert_eq!(config.credentials.secret.expose_secret(), "s3");
    }

    #[test]
    fn no_region_is_needed_when_both_urls_are_given() {
        let client = [(CLIENT_ID, "id"), (CLIENT_SECRET, "s3")];
        let one = [client[0], client[1], (API_URL, "http://127.0.0.1:1/x")];
        assert!(read(&one).unwrap_err().to_string().contains(REGION));
        let both = [one[0], one[1], one[2], (LOGIN_URL, "http://127.0.0.1:2")];
        assert_eq!(
            read(&both).unwrap().endpoints.login().as_str(),
            "http://127.0.0.1:2/"
        );
    }

    #[test]
    fn one_url_replaces_one_host() {
        let config = read(&[
            (REGION, "mypurecloud.de"),
            (CLIENT_ID, "id"),
            (CLIENT_SECRET, "s3"),
            (API_URL, "https://gateway.example.com/gc"),
        ]);
        let endpoints = config.unwrap().endpoints;
        assert_eq!(endpoints.api().as_str(), "https://gateway.example.com/gc");
        assert_eq!(endpoints.login().as_str(), "https://login.mypurecloud.de/");
    }
}
