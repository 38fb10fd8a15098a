exports.handler = async () => ({ version: 1, queue: process.env.QUEUE });
