//! Texts of kubectl in, signs out.

mod around;
mod faults;
mod quiet;
mod shop;
