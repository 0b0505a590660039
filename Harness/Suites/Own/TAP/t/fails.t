use Test::More tests => 2;
ok(1, 'one');
is(1, 2, 'two');
