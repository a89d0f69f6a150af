//! Whole flows as key scripts against the real update and the real draw, and golden screens.

mod analysis;
mod arrivals;
mod bridge;
mod cards;
#[path = "../common/mod.rs"]
mod common;
mod contrast;
mod counts;
mod edges;
mod eye;
mod filters;
mod footers;
mod forms;
mod history;
mod investigations;
mod meanwhile;
mod navigation;
mod night;
mod notices;
mod oncall;
mod overlays;
mod pages;
mod paths;
mod places;
mod routes;
mod screens;
mod steps;
mod taking_back;
mod telling;
mod titles;
mod true_words;
mod unopened;
mod unsent;
mod views;
mod words;
mod writing;
