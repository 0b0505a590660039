use Test::More tests => 1;
ok(0, 'handles # TODO comments');
