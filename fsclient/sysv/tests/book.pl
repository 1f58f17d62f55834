# SPDX-License-Identifier: MIT
# Keeps a book with others: workers make entries under one lock.
use strict;
use warnings;
use IPC::Semaphore;
use IPC::SysV qw(IPC_CREAT SEM_UNDO);

my ($book, $key, $entries, $workers) = ($ARGV[0], 0xb00c, 100, 3);

sub total {
    open(my $file, '<', $book) or die $!;
    return <$file>;
}

sub enter {
    my ($lock) = @_;
    $lock->op(0, -1, SEM_UNDO) or die $!;
    my $total = total();
    select(undef, undef, undef, 0.001);
    open(my $file, '>', $book) or die $!;
    print $file $total + 1, "\n";
    close($file) or die $!;
    $lock->op(0, 1, SEM_UNDO) or die $!;
}

my $lock = IPC::Semaphore->new($key, 1, 0600 | IPC_CREAT) or die $!;
$lock->setval(0, 1) or die $!;
for (1 .. $workers) {
    next if fork();
    enter($lock) for 1 .. $entries;
    exit;
}
1 while wait() > 0;
# The others may still have the lock.
select(undef, undef, undef, 0.1) while -e "$book.open";
$lock->remove() or die $!;
