use Test::More;
TODO: { local $TODO = 'later'; ok(0, 'not yet'); }
subtest 'inner' => sub { plan tests => 1; ok(1, 'in it') };
done_testing();
