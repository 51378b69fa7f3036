//! Measuring the answers: question sets whose right replies are known, and the figures they give. The program
//! `verbatim-eval` prints what only those need who fit or compare models; `verbatim eval` asks a base's questions.

#![forbid(unsafe_code)]

pub mod calibration;
pub mod cases;
pub mod evidence;
pub mod retrieval;
pub mod score;
