//! A report in each form that people and machines read, a file each. Pure: a renderer gives text.
