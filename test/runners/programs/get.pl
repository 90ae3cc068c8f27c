use strict;
use warnings;
use LWP::UserAgent;

my $agent = LWP::UserAgent->new(env_proxy => 1);
print $agent->get($ARGV[0])->decoded_content;
