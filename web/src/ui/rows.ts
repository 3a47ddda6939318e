/** A column of `Rows`. */
export interface Column {
  key: string;
  text: string;
  /** Right-aligned. */
  num?: boolean;
  /** Left out where there is little room: 1 goes first. */
  drop?: 1 | 2;
  width?: string;
  sortable?: boolean;
}
