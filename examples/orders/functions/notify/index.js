// Tells a customer that an order's status changed. Sending mail is left to you: here the message is logged.

const SUBJECTS = {
  CONFIRMED: "Your order is confirmed",
  REJECTED: "We could not accept your order",
  CANCELLED: "Your order is cancelled",
  SHIPPED: "Your order is on its way",
  DELIVERED: "Your order has arrived",
};

exports.handler = async (event) => {
  for (const record of event.Records) {
    const change = JSON.parse(record.Sns.Message);
    console.log(
      JSON.stringify({
        notification: SUBJECTS[change.status] ?? `Your order is ${change.status}`,
        customer: change.customer_id,
        order: change.order_id,
        status: change.status,
      }),
    );
  }
};
