//! Where requests go: the API host and the login host.

use url::{Host, Url};

use crate::{Error, Region};

/// The environment variable that replaces the API host.
pub(crate) const API_URL: &str = "GENESYS_CLOUD_API_URL";
/// The environment variable that replaces the login host.
pub(crate) const LOGIN_URL: &str = "GENESYS_CLOUD_LOGIN_URL";

/// The base URLs of the API and of the login host.
///
/// A base may carry a path, which then stands before the path of every request. Plain `http` is
/// accepted for loopback alone, since every request carries a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    api: Url,
    login: Url,
}

impl Endpoints {
    /// Returns the hosts of a region: `https://api.{domain}` and `https://login.{domain}`.
    ///
    /// ```
    /// let endpoints = gc_auth::Endpoints::of(&"eu-central-1".parse()?)?;
    /// assert_eq!(endpoints.login().as_str(), "https://login.mypurecloud.de/");
    /// # Ok::<(), gc_auth::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the region's domain cannot be part of a URL.
    pub fn of(region: &Region) -> Result<Self, Error> {
        Ok(Self {
            api: host("api", region)?,
            login: host("login", region)?,
        })
    }

    /// Returns the hosts at two base URLs, for a gateway, a proxy or a simulator.
    ///
    /// # Errors
    ///
    /// When one is no base URL (a scheme and a host, no user, query or fragment), or is plain
    /// `http` and not loopback.
    pub fn at(api: &str, login: &str) -> Result<Self, Error> {
        Ok(Self {
            api: base(API_URL, api)?,
            login: base(LOGIN_URL, login)?,
        })
    }

    /// Returns the hosts of a region with those that are given replaced.
    ///
    /// # Errors
    ///
    /// As [`Endpoints::at`].
    pub fn with_overrides(
        region: &Region,
        api: Option<&str>,
        login: Option<&str>,
    ) -> Result<Self, Error> {
        let api = api.map_or_else(|| host("api", region), |url| base(API_URL, url))?;
        let login = login.map_or_else(|| host("login", region), |url| base(LOGIN_URL, url))?;
        Ok(Self { api, login })
    }

    /// Returns the base URL of the API.
    pub fn api(&self) -> &Url {
        &self.api
    }

    /// Returns the base URL of the login host.
    pub fn login(&self) -> &Url {
        &self.login
    }
}

/// Returns `base` with `path` after its own path.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}/{}", path.trim_start_matches('/')));
    url
}

/// Returns whether the URL's host is this machine: 127.0.0.0/8, `::1` or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn host(name: &str, region: &Region) -> Result<Url, Error> {
    Url::parse(&format!("https://{name}.{region}")).map_err(|_| Error::Region {
        region: region.to_string(),
    })
}

fn base(name: &'static str, text: &str) -> Result<Url, Error> {
    let refused = |reason| Error::Url { name, reason };
    let url = Url::parse(text.trim()).map_err(|_| refused("it is not a URL like https://host"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it must not hold a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("it must not hold a query or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            let host = url.host_str().unwrap_or_default().to_owned();
            Err(Error::PlainHttp { name, host })
        }
        _ => Err(refused("it must begin with https://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_a_base_url_is_kept() {
        for api in [
            "http://127.0.0.1:8080/gate/way",
            "http://127.0.0.1:8080/gate/way/",
        ] {
            let endpoints = Endpoints::at(api, "http://[::1]:1").unwrap();
            let url = join(endpoints.api(), "/api/v2/users");
            assert_eq!(url.as_str(), "http://127.0.0.1:8080/gate/way/api/v2/users");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for host in ["127.0.0.1", "127.8.9.1:80", "[::1]:8080", "localhost:3"] {
            let url = format!("http://{host}");
            assert!(Endpoints::at(&url, &url).is_ok(), "{host}");
        }
        for host in [
            "mypurecloud.de",
            "10.0.0.1",
            "localhost.example.com",
            "127.0.0.1.nip.io",
        ] {
            let error = Endpoints::at("https://a.b", &format!("http://{host}")).unwrap_err();
            assert!(error.to_string().contains("plain http"), "{error}");
            assert!(
                error.to_string().contains("GENESYS_CLOUD_LOGIN_URL"),
                "{error}"
            );
        }
    }

    #[test]
    fn base_url_holds_no_user_query_or_other_scheme() {
        for url in [
            "https://u:p@a.b",
            "https://a.b?x=1",
            "https://a.b#x",
            "ftp://a.b",
            "a.b",
            "",
        ] {
            let error = Endpoints::at(url, "https://a.b").unwrap_err();
            assert!(matches!(error, Error::Url { name: API_URL, .. }), "{url}");
        }
    }
}
