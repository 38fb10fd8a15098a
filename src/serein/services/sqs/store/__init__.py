"""All SQL of SQS, by table: queues, messages, the groups of FIFO queues, move tasks."""
