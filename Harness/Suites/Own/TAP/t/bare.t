use Test::More tests => 2;
# Without a line that names perl, and it can be executed.
ok $ENV{HARNESS_ACTIVE}, 'a harness runs it';
is __FILE__, 't/bare.t', 'by the name that prove would use';
