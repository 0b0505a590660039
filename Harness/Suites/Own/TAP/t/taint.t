#!/usr/bin/perl -T
use Test::More tests => 1;
ok(${^TAINT}, 'it is tainted');
