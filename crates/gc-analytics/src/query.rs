//! The synchronous query as a source of pages.
//!
//! - Rows shift between pages while data arrives. What a pass missed, another pass finds: the
//!   reader merges rows it has seen, and asks for another pass when the count says so.
//! - A day with more rows than the query shows is split first.

use gc_core::Day;

use crate::error::Error;
use crate::filter::Filter;
use crate::page::Page;
use crate::platform::Platform;
use crate::question::{QUERY_PAGE_SIZE, Query};
use crate::split::{Part, split};

/// The pages of one day, by query.
#[derive(Debug)]
pub struct QuerySource {
    platform: Platform,
    day: Day,
    filter: Filter,
    page_size: u32,
    wall: u64,
    /// What is still to be read, the last part first; nothing before the first page has come.
    parts: Option<Vec<Part>>,
    page: u32,
    total: Option<u64>,
    unreachable: u64,
}

impl QuerySource {
    /// Makes a source of the conversations that started on `day`, in pages of `page_size` rows, at
    /// most [`QUERY_PAGE_SIZE`]. Of more than `wall` results (usually [`crate::WALL`]) the
    /// platform shows the first ones alone.
    pub fn new(platform: Platform, day: Day, filter: Filter, page_size: u32, wall: u64) -> Self {
        let page_size = page_size.clamp(1, QUERY_PAGE_SIZE);
        // The platform refuses a page that reaches past the wall, even in part.
        let wall = wall - wall % u64::from(page_size);
        let (parts, page, total, unreachable) = (None, 1, None, 0);
        Self {
            platform,
            day,
            filter,
            page_size,
            wall,
            parts,
            page,
            total,
            unreachable,
        }
    }

    /// Returns how many conversations the day has, as its first page says.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns how many conversations lie behind the wall, where no filter is sure to reach them.
    pub fn unreachable(&self) -> u64 {
        self.unreachable
    }

    /// Begins again with the first page.
    pub fn restart(&mut self) {
        self.parts = None;
        self.page = 1;
    }

    /// Returns the next page, or nothing after the last.
    ///
    /// # Errors
    ///
    /// The errors of the platform; [`Error::Interrupted`] when the run is asked to stop.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        if self.parts.is_none()
            && let Some(page) = self.first().await?
        {
            return Ok(Some(page));
        }
        let Some(part) = self.parts.as_ref().and_then(|parts| parts.last()) else {
            return Ok(None);
        };
        let query = Query::page(self.day, &part.filter, self.page_size, self.page);
        let page = self.platform.ask(self.day, &query, self.page).await?;
        self.advance(&page);
        Ok(Some(page))
    }

    /// Fetches the first page of the whole day; nothing when the day has to be split instead.
    async fn first(&mut self) -> Result<Option<Page>, Error> {
        let query = Query::page(self.day, &self.filter, self.page_size, 1);
        let page = self.platform.ask(self.day, &query, 1).await?;
        let filter = self.filter.clone();
        self.total = page.total();
        if let Some(rows) = self.total.filter(|rows| *rows > self.wall) {
            let parts = split(&self.platform, self.day, filter, rows, self.wall).await?;
            self.unreachable = parts.unreachable;
            self.parts = Some(parts.parts);
            return Ok(None);
        }
        self.parts = Some(vec![Part {
            filter,
            rows: self.wall,
        }]);
        self.advance(&page);
        Ok(Some(page))
    }

    /// Goes on to the next page, or to the next part after the last page of one.
    fn advance(&mut self, page: &Page) {
        let read = u64::from(self.page) * u64::from(self.page_size);
        let rows = page.total().unwrap_or(u64::MAX).min(self.wall);
        if !page.envelope().is_empty && read < rows {
            self.page += 1;
        } else {
            self.page = 1;
            self.parts.as_mut().and_then(Vec::pop);
        }
    }
}
