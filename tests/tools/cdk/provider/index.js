exports.handler = async (event) => ({
  PhysicalResourceId: "thing",
  Data: { Answer: `${event.RequestType} ${event.ResourceProperties.Asked}` },
});
