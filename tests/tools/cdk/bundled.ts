import { greeting } from "./greeting";

export const handler = async (event: { name: string }): Promise<string> => `${greeting} ${event.name}`;
