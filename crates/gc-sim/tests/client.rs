//! A small client, and the worlds the tests share.

use std::time::Duration;

use gc_core::Day;
use gc_sim::{Sim, SimConfig, WorldConfig};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const JOBS: &str = "/api/v2/analytics/conversations/details/jobs";
pub(crate) const QUERY: &str = "/api/v2/analytics/conversations/details/query";
pub(crate) const RESULTS: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results";

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The first of the three days of [`config`].
pub(crate) fn first() -> Day {
    day("2026-11-01")
}

/// Three days of 60 conversations, all of them past the watermark.
pub(crate) fn config() -> SimConfig {
    let mut world = WorldConfig::new(first(), day("2026-11-03"));
    world.conversations_per_day = 60;
    let mut config = SimConfig::new(world);
    config.watermark = Some(day("2026-11-20").start());
    config.rate_limit = 0;
    config.job_pending_polls = 0;
    config
}

pub(crate) fn body(day: Day) -> Value {
    json!({ "interval": day.interval().to_string() })
}

pub(crate) fn ids(page: &Value) -> Vec<String> {
    let rows = page["conversations"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    rows.iter()
        .map(|row| row["conversationId"].as_str().unwrap().to_owned())
        .collect()
}

/// A client of one simulator, with a token.
pub(crate) struct Client {
    pub(crate) sim: Sim,
    http: reqwest::Client,
    pub(crate) token: String,
}

impl Client {
    pub(crate) async fn start(config: SimConfig) -> Self {
        let sim = Sim::start(config).await.unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10));
        let http = http.build().unwrap();
        let mut client = Self {
            sim,
            http,
            token: String::new(),
        };
        client.renew().await;
        client
    }

    pub(crate) async fn renew(&mut self) {
        let (id, secret) = (self.sim.client_id(), self.sim.client_secret());
        let (_, answer) = self
            .grant(id, secret, "grant_type=client_credentials")
            .await;
        self.token = answer["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    }

    pub(crate) async fn grant(&self, id: &str, secret: &str, form: &str) -> (StatusCode, Value) {
        let request = self
            .http
            .post(format!("{}/oauth/token", self.sim.url()))
            .basic_auth(id, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http
            .get(format!("{}{path}", self.sim.url()))
            .bearer_auth(&self.token)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.sim.url()))
            .bearer_auth(&self.token)
            .json(body)
    }

    /// A POST without a body.
    pub(crate) fn bare_post(&self, path: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.sim.url()))
            .bearer_auth(&self.token)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.sim.url()))
            .bearer_auth(&self.token)
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.http
            .delete(format!("{}{path}", self.sim.url()))
            .bearer_auth(&self.token)
    }

    /// Asks the query and returns status and answer.
    pub(crate) async fn query(&self, body: &Value) -> (StatusCode, Value) {
        read(self.post(QUERY, body).send().await.unwrap()).await
    }

    /// Returns the ids of all pages of a query.
    pub(crate) async fn query_all(&self, mut body: Value, size: u64) -> Vec<String> {
        let mut all = Vec::new();
        for number in 1.. {
            body["paging"] = json!({ "pageSize": size, "pageNumber": number });
            let (status, page) = self.query(&body).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            if page.get("conversations").is_none() {
                break;
            }
            all.extend(ids(&page));
        }
        all
    }

    pub(crate) async fn submit(&self, body: &Value) -> String {
        let (status, answer) = read(self.post(JOBS, body).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["jobId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn state(&self, job: &str) -> String {
        let (_, answer) = read(self.get(&format!("{JOBS}/{job}")).send().await.unwrap()).await;
        answer["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns one page of results.
    pub(crate) async fn results(
        &self,
        job: &str,
        size: u32,
        cursor: Option<&str>,
    ) -> (StatusCode, Value) {
        let request = self
            .get(&format!("{JOBS}/{job}/results"))
            .query(&[("pageSize", size)]);
        let request = match cursor {
            Some(cursor) => request.query(&[("cursor", cursor)]),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// Returns all pages of a job's results, and deletes it.
    pub(crate) async fn job_pages(&self, body: &Value, size: u32) -> Vec<Value> {
        let job = self.submit(body).await;
        while self.state(&job).await != "FULFILLED" {}
        let mut pages: Vec<Value> = Vec::new();
        loop {
            let cursor = pages
                .last()
                .map(|page| page["cursor"].as_str().unwrap().to_owned());
            let (status, page) = self.results(&job, size, cursor.as_deref()).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let last = page.get("cursor").is_none();
            pages.push(page);
            if last {
                break;
            }
        }
        self.delete(&format!("{JOBS}/{job}")).send().await.unwrap();
        pages
    }

    pub(crate) async fn job_all(&self, body: &Value, size: u32) -> Vec<String> {
        self.job_pages(body, size)
            .await
            .iter()
            .flat_map(ids)
            .collect()
    }
}

pub(crate) async fn read(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

/// A job for one day as exporters ask for it.
pub(crate) fn job_body(day: Day) -> Value {
    let mut body = body(day);
    body["startOfDayIntervalMatching"] = json!(true);
    body
}
