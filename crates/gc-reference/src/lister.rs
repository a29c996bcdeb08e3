//! Lists, page after page.

use gc_auth::{Client, Request, Response};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::error::Error;
use crate::page::Page;
use crate::table::{Paging, Reading, Table};

/// Entities on a page. Every list allows as many, and users come with 500 at most.
const PAGE_SIZE: u32 = 100;
/// How often a page that is no complete JSON is fetched before it counts as broken.
const PAGE_TRIES: u32 = 3;
/// More pages than any list has; one that goes on beyond them goes round in circles.
const MOST_PAGES: u32 = 100_000;

/// Reads lists of entities.
#[derive(Clone, Debug)]
pub struct Lister {
    client: Client,
    cancel: CancellationToken,
    page_size: u32,
}

/// The pages of one list, one reading after the other.
#[derive(Debug)]
pub struct Pages<'a> {
    lister: &'a Lister,
    table: &'a Table,
    /// What is left to read, the present reading first.
    readings: &'a [Reading],
    /// How many pages of the present reading have been fetched.
    fetched: u32,
    /// Where the next page begins, in a list that is paged by cursor.
    cursor: Option<String>,
}

impl Lister {
    /// Makes a lister that asks through `client`. It stops soon after `cancel`.
    pub fn new(client: Client, cancel: CancellationToken) -> Self {
        Self {
            client,
            cancel,
            page_size: PAGE_SIZE,
        }
    }

    /// Asks for pages of another size (default: 100).
    #[must_use]
    pub fn with_page_size(self, page_size: u32) -> Self {
        Self { page_size, ..self }
    }

    /// Returns the pages of a list.
    pub fn pages<'a>(&'a self, table: &'a Table) -> Pages<'a> {
        Pages {
            lister: self,
            table,
            readings: table.readings,
            fetched: 0,
            cursor: None,
        }
    }

    /// Sends a request unless the run is asked to stop first.
    async fn send(&self, table: &Table, page: u32, request: Request) -> Result<Response, Error> {
        let table = table.name;
        let answer = tokio::select! {
            answer = self.client.send(request) => answer,
            () = self.cancel.cancelled() => return Err(Error::Interrupted { table }),
        };
        answer.map_err(|source| Error::List {
            table,
            page,
            source,
        })
    }
}

impl Pages<'_> {
    /// Fetches the next page; none when every reading of the list is over.
    ///
    /// # Errors
    ///
    /// When the platform refuses or does not answer, or the list cannot be followed to its end;
    /// [`Error::Interrupted`] when the run is asked to stop.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the next call fetches the same page.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        let Some(reading) = self.readings.first() else {
            return Ok(None);
        };
        let page = self.fetch(reading).await?;
        self.fetched += 1;
        let (table, fetched) = (self.table.name, self.fetched);
        self.advance(&page).map_err(|problem| Error::Lost {
            table,
            page: fetched,
            problem,
        })?;
        Ok(Some(page))
    }

    /// Fetches a page, again when it is no complete JSON.
    async fn fetch(&self, reading: Reading) -> Result<Page, Error> {
        let (table, page) = (self.table.name, self.fetched + 1);
        let mut tries = 1;
        loop {
            let request = self.request(reading);
            let answer = self.lister.send(self.table, page, request).await?;
            match Page::parse(answer.body) {
                Ok(page) => return Ok(page),
                Err(source) if tries == PAGE_TRIES => {
                    return Err(Error::Page {
                        table,
                        page,
                        source,
                    });
                }
                Err(_) => tracing::warn!(table, page, "broken page, fetched again"),
            }
            tries += 1;
        }
    }

    fn request(&self, reading: Reading) -> Request {
        let request = Request::get(self.table.operation, self.table.path())
            .with_query("pageSize", self.lister.page_size.to_string());
        let request = match (self.table.paging, &self.cursor) {
            (Paging::Numbers, _) => {
                request.with_query("pageNumber", (self.fetched + 1).to_string())
            }
            (Paging::Cursor, Some(cursor)) => request.with_query("after", cursor),
            (Paging::Cursor, None) => request,
        };
        let add =
            |request: Request, (key, value): &(&'static str, &str)| request.with_query(key, *value);
        reading.iter().fold(request, add)
    }

    /// Goes on to the page after `page`, or to the next reading; says why when it cannot.
    fn advance(&mut self, page: &Page) -> Result<(), &'static str> {
        let cursor = match (self.table.paging, page.next_uri.as_deref()) {
            (Paging::Cursor, Some(uri)) => Some(after(uri).ok_or("it names no cursor")?),
            _ => None,
        };
        if self.fetched >= MOST_PAGES || (cursor.is_some() && cursor == self.cursor) {
            return Err("it goes round in circles");
        }
        let is_counted = |count| u64::from(self.fetched) >= count;
        let is_over = match self.table.paging {
            Paging::Numbers => page.is_empty() || page.page_count.is_some_and(is_counted),
            Paging::Cursor => cursor.is_none(),
        };
        if is_over {
            self.begin_next_reading();
        }
        self.cursor = cursor;
        Ok(())
    }

    fn begin_next_reading(&mut self) {
        self.readings = self.readings.get(1..).unwrap_or_default();
        self.fetched = 0;
    }
}

/// Returns the cursor that an address names, which may lack its host.
fn after(uri: &str) -> Option<String> {
    let nowhere = Url::parse("http://nowhere.invalid").ok()?;
    let address = nowhere.join(uri).ok()?;
    let mut pairs = address.query_pairs();
    let (_, cursor) = pairs.find(|(key, _)| key == "after")?;
    Some(cursor.into_owned()).filter(|cursor| !cursor.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_read_from_an_address_with_or_without_a_host() {
        for (uri, cursor) in [
            ("/api/v2/teams?pageSize=2&after=a%2Fb%3D&x=1", Some("a/b=")),
            ("https://api.example.com/api/v2/teams?after=c", Some("c")),
            ("/api/v2/teams?after=", None),
            ("/api/v2/teams?before=a", None),
            ("http://[", None),
        ] {
            assert_eq!(after(uri).as_deref(), cursor, "{uri}");
        }
    }
}
