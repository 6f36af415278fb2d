//! Opening a workspace, and writing to it, when the world does not play along: another host, another program's lock,
//! a file of another time or of another kind, a full disk.

mod compare;
mod contents;
mod decided;
mod disk;
mod evidence;
mod files;
mod hosts;
mod limits;
mod place;
mod restore;
mod signing;
mod steps;
mod writers;
