//! Measuring the answers: question sets whose right replies are known, and the figures they give.

pub mod calibration;
pub mod cases;
pub mod evidence;
pub mod retrieval;
pub mod score;
