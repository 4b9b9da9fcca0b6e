//! The command line, through the real binary.

mod announced;
mod audit;
mod call;
mod console;
mod demo;
mod doctor;
mod endpoints;
mod explain;
mod faults;
mod full_disk;
mod iam;
mod key_files;
mod manual;
mod pool_files;
mod pools_of_the_sample;
mod question;
mod report;
mod serve;
mod settings;
mod setup;
mod shapes;
mod usage;
mod values_as_ids;
mod verify;
mod whose;
mod writes;
