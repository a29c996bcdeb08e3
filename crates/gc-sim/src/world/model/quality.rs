//! What happens after the conversation: evaluations, surveys, resolutions.

use super::{Text, Time};

model! {
    /// A quality evaluation of an agent.
    Evaluation as "AnalyticsEvaluation" {
        evaluation_id: Option<Text> = "evaluationId",
        assignee_applicable: Option<bool> = "assigneeApplicable",
        assignee_id: Option<Text> = "assigneeId",
        calibration_id: Option<Text> = "calibrationId",
        context_id: Option<Text> = "contextId",
        deleted: Option<bool> = "deleted",
        evaluation_status: Option<Text> = "evaluationStatus",
        evaluator_id: Option<Text> = "evaluatorId",
        event_time: Option<Time> = "eventTime",
        form_id: Option<Text> = "formId",
        form_name: Option<Text> = "formName",
        queue_id: Option<Text> = "queueId",
        released: Option<bool> = "released",
        rescored: Option<bool> = "rescored",
        system_submitted: Option<bool> = "systemSubmitted",
        user_id: Option<Text> = "userId",
        o_total_critical_score: Option<i64> = "oTotalCriticalScore",
        o_total_score: Option<i64> = "oTotalScore",
    }
}

model! {
    /// A survey the customer was sent.
    Survey as "AnalyticsSurvey" {
        survey_id: Option<Text> = "surveyId",
        event_time: Option<Time> = "eventTime",
        queue_id: Option<Text> = "queueId",
        survey_completed_date: Option<Time> = "surveyCompletedDate",
        survey_form_context_id: Option<Text> = "surveyFormContextId",
        survey_form_id: Option<Text> = "surveyFormId",
        survey_form_name: Option<Text> = "surveyFormName",
        survey_partial_response: Option<bool> = "surveyPartialResponse",
        survey_promoter_score: Option<i64> = "surveyPromoterScore",
        survey_status: Option<Text> = "surveyStatus",
        survey_type: Option<Text> = "surveyType",
        user_id: Option<Text> = "userId",
        o_survey_total_score: Option<i64> = "oSurveyTotalScore",
    }
}

model! {
    /// Whether the customer had to come back.
    Resolution as "AnalyticsResolution" {
        event_time: Option<Time> = "eventTime",
        queue_id: Option<Text> = "queueId",
        user_id: Option<Text> = "userId",
        n_next_contact_avoided: Option<i64> = "nNextContactAvoided",
    }
}
