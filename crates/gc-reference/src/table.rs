//! Which lists are kept, and how each is asked for.

use gc_arrow::Field;

use crate::schema::{
    CAMPAIGN, DIVISION, FLOW, GROUP, LANGUAGE, QUEUE, SKILL, TEAM, USER, WRAPUP_CODE,
};

/// The parameters of one reading of a list, besides those of its pages.
pub type Reading = &'static [(&'static str, &'static str)];

/// How the pages of a list follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By `pageNumber`, until there are as many as `pageCount` says or one is empty.
    Numbers,
    /// By the `after` that the page's `nextUri` names, until there is no `nextUri`.
    Cursor,
}

/// One list of entities, and the table that is kept of it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The name of the table: `queues`.
    pub name: &'static str,
    /// The operation, as errors and the rate budget name it: `GET /api/v2/routing/queues`.
    pub operation: &'static str,
    /// The permissions of which the client needs one; none are needed when it is empty.
    pub permissions: &'static [&'static str],
    /// How often, and with which parameters, the list is read; what comes is merged by id.
    pub readings: &'static [Reading],
    /// How its pages follow each other.
    pub paging: Paging,
    /// What is known of an entity.
    pub fields: &'static [Field],
}

/// Every list that is kept.
///
/// Source of endpoints and parameters: official Python SDK 269.0.0 (`routing_api`, `users_api`,
/// `authorization_api`, `teams_api`, `groups_api`, `architect_api`, `outbound_api`); of permissions:
/// command definitions of MyPureCloud/platform-client-sdk-cli, read 2026-11.
pub const TABLES: &[Table] = &[
    QUEUES,
    listed("users", "GET /api/v2/users", USER).read_by(USERS_BY_STATE),
    listed(
        "wrapup_codes",
        "GET /api/v2/routing/wrapupcodes",
        WRAPUP_CODE,
    )
    .permitted_by(&["routing:wrapupCode:view"]),
    listed("skills", "GET /api/v2/routing/skills", SKILL),
    listed("languages", "GET /api/v2/routing/languages", LANGUAGE),
    listed("divisions", "GET /api/v2/authorization/divisions", DIVISION),
    listed("teams", "GET /api/v2/teams", TEAM)
        .permitted_by(&["groups:team:view"])
        .read_by(&[&[("expand", "entities.division")]])
        .paged_by(Paging::Cursor),
    listed("groups", "GET /api/v2/groups", GROUP),
    listed("flows", "GET /api/v2/flows", FLOW)
        .permitted_by(&["architect:flow:view"])
        .read_by(FLOWS_AND_DELETED),
    listed("campaigns", "GET /api/v2/outbound/campaigns/all", CAMPAIGN).permitted_by(&[
        "outbound:campaign:view",
        "outbound:messagingCampaign:view",
        "outbound:emailCampaign:view",
    ]),
];

/// The queues, of which live needs the ids as well.
pub const QUEUES: Table =
    listed("queues", "GET /api/v2/routing/queues", QUEUE).permitted_by(&["routing:queue:view"]);

/// The list shows users of one state at a time. `any`, which the command line of the platform offers
/// and its SDK does not, is not relied upon.
const USERS_BY_STATE: &[Reading] = &[
    &[("state", "active"), ("expand", "team")],
    &[("state", "inactive"), ("expand", "team")],
    &[("state", "deleted"), ("expand", "team")],
];

/// `deleted` is described as "Include deleted". Whether those that are not deleted come with it too is
/// not verified, so they are asked for by themselves.
const FLOWS_AND_DELETED: &[Reading] = &[&[], &[("deleted", "true")]];

/// How a list is read that takes no parameters.
const PLAIN: &[Reading] = &[&[]];

const fn listed(name: &'static str, operation: &'static str, fields: &'static [Field]) -> Table {
    Table {
        name,
        operation,
        permissions: &[],
        readings: PLAIN,
        paging: Paging::Numbers,
        fields,
    }
}

impl Table {
    /// Returns the table of that name.
    pub fn of(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Returns the path of the endpoint: `/api/v2/routing/queues`.
    pub fn path(&self) -> &'static str {
        self.operation
            .split_once(' ')
            .map_or(self.operation, |(_, path)| path)
    }

    const fn permitted_by(mut self, permissions: &'static [&'static str]) -> Self {
        self.permissions = permissions;
        self
    }

    const fn read_by(mut self, readings: &'static [Reading]) -> Self {
        self.readings = readings;
        self
    }

    const fn paged_by(mut self, paging: Paging) -> Self {
        self.paging = paging;
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_has_its_own_name_and_path_and_columns_for_id_and_name() {
        let names: BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
        let paths: BTreeSet<_> = TABLES.iter().map(Table::path).collect();
        assert_eq!((names.len(), paths.len()), (TABLES.len(), TABLES.len()));
        for table in TABLES {
            assert!(table.path().starts_with("/api/v2/"), "{}", table.name);
            let columns: Vec<_> = table.fields.iter().map(|field| field.name).collect();
            assert_eq!(columns[..2], ["id", "name"], "{}", table.name);
            assert!(!table.readings.is_empty());
        }
    }
}
