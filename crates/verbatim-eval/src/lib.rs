//! Measures the answers with question sets whose correct replies are known. The program `verbatim-eval` is for fitting
//! and comparing models; `verbatim eval` asks a base's regression questions.

#![forbid(unsafe_code)]

pub mod calibration;
pub mod cases;
pub mod evidence;
pub mod retrieval;
pub mod score;
