//! The filters of the details query and job.
//!
//! Only dimensions are simulated, and of these the ones exporters use; anything else is refused
//! rather than ignored. A segment filter holds when one segment satisfies all of it.

use serde::Deserialize;

use crate::http::Refusal;
use crate::world::{Facets, Record, RenderedDay, SegmentDimension};

/// A filter, and (without clauses of its own) a clause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    #[serde(rename = "type")]
    join: Join,
    clauses: Option<Vec<Clause>>,
    predicates: Option<Vec<Predicate>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Join {
    And,
    Or,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    #[serde(rename = "type")]
    join: Join,
    predicates: Option<Vec<Predicate>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Predicate {
    #[serde(rename = "type")]
    kind: Option<Kind>,
    dimension: Option<String>,
    property_type: Option<String>,
    property: Option<String>,
    metric: Option<String>,
    #[serde(default)]
    operator: Operator,
    value: Option<String>,
    range: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dimension,
    Property,
    Metric,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[default]
    Matches,
    Exists,
    NotExists,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Span {
    gt: Option<f64>,
    gte: Option<f64>,
    lt: Option<f64>,
    lte: Option<f64>,
}

impl Span {
    fn holds(&self, value: f64) -> bool {
        self.gt.is_none_or(|bound| value > bound)
            && self.gte.is_none_or(|bound| value >= bound)
            && self.lt.is_none_or(|bound| value < bound)
            && self.lte.is_none_or(|bound| value <= bound)
    }
}

/// What a record says of a dimension.
enum Said<'a> {
    Nothing,
    Text(&'a str),
    Number(f64),
    Many(&'a [Box<str>]),
    /// Something whose value nobody matches, such as a time.
    Something,
}

/// A dimension of conversations that is simulated.
const CONVERSATION_DIMENSIONS: [&str; 10] = [
    "conversationEnd",
    "conversationId",
    "conversationInitiator",
    "conversationStart",
    "customerParticipation",
    "divisionId",
    "externalTag",
    "mediaStatsMinConversationMos",
    "originatingDirection",
    "originatingSocialMediaPublic",
];

/// The dimensions of segments that are simulated.
const SEGMENT_DIMENSIONS: [(&str, SegmentDimension); 8] = [
    ("mediaType", SegmentDimension::MediaType),
    ("direction", SegmentDimension::Direction),
    ("queueId", SegmentDimension::QueueId),
    ("userId", SegmentDimension::UserId),
    ("purpose", SegmentDimension::Purpose),
    ("wrapUpCode", SegmentDimension::WrapUpCode),
    ("segmentType", SegmentDimension::SegmentType),
    ("disconnectType", SegmentDimension::DisconnectType),
];

/// The filters of one request, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    conversation: Vec<Filter>,
    segment: Vec<Filter>,
}

impl Filters {
    /// Checks the filters of a request.
    pub(crate) fn new(conversation: Vec<Filter>, segment: Vec<Filter>) -> Result<Self, Refusal> {
        for filter in &conversation {
            filter.check(|name| CONVERSATION_DIMENSIONS.contains(&name))?;
        }
        for filter in &segment {
            filter.check(|name| segment_dimension(name).is_some())?;
        }
        Ok(Self {
            conversation,
            segment,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conversation.is_empty() && self.segment.is_empty()
    }

    /// Returns whether the record at `place` of its day passes.
    pub(crate) fn admit(&self, day: &RenderedDay, facets: &Facets, place: usize) -> bool {
        let conversation = |name: &str| conversation_says(day, facets, place, name);
        self.conversation
            .iter()
            .all(|filter| filter.holds(&conversation))
            && self.segment.iter().all(|filter| {
                facets.segments(place).any(|segment| {
                    filter.holds(&|name| {
                        let text = segment_dimension(name)
                            .and_then(|dimension| facets.segment(segment, dimension));
                        text.map_or(Said::Nothing, Said::Text)
                    })
                })
            })
    }
}

fn segment_dimension(name: &str) -> Option<SegmentDimension> {
    SEGMENT_DIMENSIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, dimension)| *dimension)
}

fn conversation_says<'a>(
    day: &'a RenderedDay,
    facets: &'a Facets,
    place: usize,
    name: &str,
) -> Said<'a> {
    let record: &Record = &day.records[place];
    let facet = facets.conversation(place);
    let text = |text: Option<&'a str>| text.map_or(Said::Nothing, Said::Text);
    let truth = |truth: Option<bool>| text(truth.map(|yes| if yes { "true" } else { "false" }));
    match name {
        "conversationId" => Said::Text(day.id(record)),
        "conversationStart" => Said::Something,
        "conversationEnd" => record.end.map_or(Said::Nothing, |_| Said::Something),
        "conversationInitiator" => text(facet.initiator.as_deref()),
        "originatingDirection" => text(facet.direction.as_deref()),
        "externalTag" => text(facet.external_tag.as_deref()),
        "customerParticipation" => truth(facet.customer_participation),
        "originatingSocialMediaPublic" => truth(facet.social_media_public),
        "mediaStatsMinConversationMos" => facet.min_mos.map_or(Said::Nothing, Said::Number),
        "divisionId" if facet.divisions.is_empty() => Said::Nothing,
        "divisionId" => Said::Many(&facet.divisions),
        _ => Said::Nothing,
    }
}

impl Filter {
    fn check(&self, known: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let own = self.predicates.iter().flatten();
        let nested = self
            .clauses
            .iter()
            .flatten()
            .flat_map(|clause| &clause.predicates)
            .flatten();
        own.chain(nested)
            .try_for_each(|predicate| predicate.check(&known))
    }

    fn holds<'a>(&self, says: &impl Fn(&str) -> Said<'a>) -> bool {
        let own = self
            .predicates
            .iter()
            .flatten()
            .map(|predicate| predicate.holds(says));
        let nested = self.clauses.iter().flatten().map(|clause| {
            let predicates = clause.predicates.iter().flatten();
            joined(
                clause.join,
                predicates.map(|predicate| predicate.holds(says)),
            )
        });
        joined(self.join, own.chain(nested))
    }
}

fn joined(join: Join, mut parts: impl Iterator<Item = bool>) -> bool {
    match join {
        Join::And => parts.all(|part| part),
        Join::Or => parts.any(|part| part),
    }
}

impl Predicate {
    fn check(&self, known: &impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let other =
            self.property_type.is_some() || self.property.is_some() || self.metric.is_some();
        if other || self.kind.is_some_and(|kind| kind != Kind::Dimension) {
            return Err(Refusal::bad_request(
                "The simulator knows predicates of type dimension only",
            ));
        }
        let name = self.dimension.as_deref().unwrap_or_default();
        if !known(name) {
            return Err(Refusal::bad_request(format!(
                "Unrecognized dimension '{name}'"
            )));
        }
        let valued = self.value.is_some() || self.range.is_some();
        if valued != (self.operator == Operator::Matches) {
            return Err(Refusal::bad_request(format!(
                "Operator and value of '{name}' do not agree"
            )));
        }
        Ok(())
    }

    fn holds<'a>(&self, says: &impl Fn(&str) -> Said<'a>) -> bool {
        let said = says(self.dimension.as_deref().unwrap_or_default());
        match self.operator {
            Operator::Exists => !matches!(said, Said::Nothing),
            Operator::NotExists => matches!(said, Said::Nothing),
            Operator::Matches => self.matches(&said),
        }
    }

    fn matches(&self, said: &Said<'_>) -> bool {
        let value = self.value.as_deref();
        match said {
            Said::Nothing | Said::Something => false,
            Said::Text(text) => value == Some(*text),
            Said::Many(texts) => texts.iter().any(|text| value == Some(text)),
            Said::Number(number) => match (value, &self.range) {
                (Some(value), _) => value.parse() == Ok(*number),
                (None, Some(range)) => range.holds(*number),
                (None, None) => false,
            },
        }
    }
}
