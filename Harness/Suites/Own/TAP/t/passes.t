use Test::More tests => 2;
ok(1, 'one # is no directive without its word');
SKIP: { skip 'not here', 1; }
