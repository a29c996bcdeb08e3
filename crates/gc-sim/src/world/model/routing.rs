//! Flows, and whom routing considered.

use super::{Text, Time};

model! {
    /// A flow that handled a session.
    Flow as "AnalyticsFlow" {
        flow_id: Option<Text> = "flowId",
        flow_name: Option<Text> = "flowName",
        flow_version: Option<Text> = "flowVersion",
        flow_type: Option<Text> = "flowType",
        ending_language: Option<Text> = "endingLanguage",
        entry_reason: Option<Text> = "entryReason",
        entry_type: Option<Text> = "entryType",
        exit_reason: Option<Text> = "exitReason",
        issued_callback: Option<bool> = "issuedCallback",
        recognition_failure_reason: Option<Text> = "recognitionFailureReason",
        starting_language: Option<Text> = "startingLanguage",
        transfer_target_address: Option<Text> = "transferTargetAddress",
        transfer_target_name: Option<Text> = "transferTargetName",
        transfer_type: Option<Text> = "transferType",
        outcomes: Vec<FlowOutcome> = "outcomes",
    }
}

model! {
    /// An outcome a flow recorded.
    FlowOutcome as "AnalyticsFlowOutcome" {
        flow_outcome: Option<Text> = "flowOutcome",
        flow_outcome_end_timestamp: Option<Time> = "flowOutcomeEndTimestamp",
        flow_outcome_id: Option<Text> = "flowOutcomeId",
        flow_outcome_start_timestamp: Option<Time> = "flowOutcomeStartTimestamp",
        flow_outcome_value: Option<Text> = "flowOutcomeValue",
    }
}

model! {
    /// An agent routing proposed.
    ProposedAgent as "AnalyticsProposedAgent" {
        agent_rank: Option<i64> = "agentRank",
        proposed_agent_id: Option<Text> = "proposedAgentId",
    }
}

model! {
    /// A group whose members routing could choose.
    AgentGroup as "AnalyticsAgentGroup" {
        agent_group_id: Option<Text> = "agentGroupId",
        agent_group_type: Option<Text> = "agentGroupType",
    }
}
