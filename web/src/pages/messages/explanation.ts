/** What the server says about a message. */

export interface ExplainedField {
  pointer: string;
  name: string;
  text: string | null;
  unit: string | null;
  values: Record<string, string> | null;
}

export interface ExplainedPart {
  fields: ExplainedField[];
  errors: { pointer: string; detail: string }[];
}

export interface Explanation {
  action: string | null;
  about: string | null;
  request: ExplainedPart;
  response: ExplainedPart | null;
}
