//! All that others wrote, in one shared library: a program is then linked again in a moment.

use mlops as _;
