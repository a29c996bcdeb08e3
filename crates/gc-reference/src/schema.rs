//! The entities, field by field.
//!
//! Names, types and nesting are the platform's own. Columns are what people join, filter and group by;
//! every other field of an entity stays in `_extra`. To follow a field, add a line: older files lack the
//! column, readers see null.
//!
//! Source: models of the official Python SDK `purecloudplatformclientv2` 269.0.0, 2026-10; each table
//! names its model.

use gc_arrow::{Field, boolean, integer, object, text, time};

/// What stands for another entity. `Division`, `WritableDivision`, `StarrableDivision`, `Team`, `User`,
/// of which a list shows no more.
pub const REFERENCE: &[Field] = &[text("id"), text("name")];

/// `Queue`.
pub const QUEUE: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    object("division", REFERENCE),
    time("dateCreated"),
    time("dateModified"),
    integer("memberCount"),
    integer("userMemberCount"),
    integer("joinedMemberCount"),
];

/// `User`. `team` comes when it is asked for, if at all.
pub const USER: &[Field] = &[
    text("id"),
    text("name"),
    text("state"),
    object("division", REFERENCE),
    text("email"),
    text("username"),
    text("title"),
    text("department"),
    object("manager", REFERENCE),
    object("team", REFERENCE),
];

/// `WrapupCode`.
pub const WRAPUP_CODE: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    object("division", REFERENCE),
    time("dateCreated"),
    time("dateModified"),
];

/// `RoutingSkill`.
pub const SKILL: &[Field] = &[
    text("id"),
    text("name"),
    text("state"),
    object("division", REFERENCE),
    time("dateModified"),
];

/// `Language`.
pub const LANGUAGE: &[Field] = &[
    text("id"),
    text("name"),
    text("state"),
    time("dateModified"),
];

/// `AuthzDivision`.
pub const DIVISION: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    boolean("homeDivision"),
];

/// `Team`.
pub const TEAM: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    object("division", REFERENCE),
    time("dateCreated"),
    time("dateModified"),
    integer("memberCount"),
];

/// `Group`.
pub const GROUP: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    text("state"),
    text("type"),
    text("visibility"),
    time("dateModified"),
    integer("memberCount"),
];

/// `Flow`.
pub const FLOW: &[Field] = &[
    text("id"),
    text("name"),
    text("description"),
    object("division", REFERENCE),
    text("type"),
    boolean("active"),
    boolean("deleted"),
    boolean("system"),
];

/// `CommonCampaign`.
pub const CAMPAIGN: &[Field] = &[
    text("id"),
    text("name"),
    object("division", REFERENCE),
    text("mediaType"),
];
