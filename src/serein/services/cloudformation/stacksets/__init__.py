"""Stack sets: one template, kept as stacks in many accounts and regions of this server.

An operation on a stack set is a row with one result per account and region. Its work is done in deliveries: each
settles what has ended, starts what may start now and ends; the rest of an instance's stack sends the next one. So an
operation goes on after a crash, and needs no poller.
"""
