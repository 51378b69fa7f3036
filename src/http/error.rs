//! What a caller is told when a request fails: a status and one JSON object in the form of RFC 9457.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that failed.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// The request is not understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// What is asked for does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The request has no valid key.
    pub fn unauthorised() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "A valid key is needed: send the header `Authorization: Bearer KEY`. Whoever runs this service makes keys with \
             `verbatim key add`.",
        )
    }

    /// The key does not allow the request.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("This key does not have the scope `{scope}`."))
    }

    /// The key asked too often.
    pub fn too_many(seconds: u64) -> Self {
        let problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, format!("Too many requests. Try again in {seconds} s."));
        Self { retry_after: Some(seconds), ..problem }
    }

    /// What is wrong and what to do, in whole sentences.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The program failed.
    pub fn failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The program failed. The operator's log says where.")
    }

    /// Too many requests wait.
    pub fn busy() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Many requests are waiting. Try again in a few seconds.",
        );
        Self { retry_after: Some(5), ..problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
