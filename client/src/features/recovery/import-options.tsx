/** How a file is written, and what a merge may do: for those whose file is not taken in as it is. */
import { Anchor, Checkbox, Collapse, Select, SimpleGrid, Stack } from "@mantine/core";
import { useId, useState } from "react";
import type { ImportWish } from "./import";

const ENCODINGS = [
  { value: "", label: "UTF-8, or as the file says" },
  { value: "cp1252", label: "Western, as Excel saves it (Windows-1252)" },
  { value: "latin-1", label: "Western (Latin-1)" },
  { value: "cp1250", label: "Central European (Windows-1250)" },
  { value: "cp1251", label: "Cyrillic (Windows-1251)" },
  { value: "utf-16", label: "UTF-16" },
  { value: "shift_jis", label: "Japanese (Shift JIS)" },
  { value: "gb18030", label: "Chinese (GB 18030)" },
  { value: "mac_roman", label: "Old Macintosh" },
  { value: "cp437", label: "DOS (437)" },
];
const DELIMITERS = [
  { value: "", label: "As it seems" },
  { value: ",", label: "Comma" },
  { value: ";", label: "Semicolon" },
  { value: "tab", label: "Tab" },
  { value: "|", label: "Bar |" },
];

interface ImportOptionsProps {
  readonly wish: ImportWish;
  readonly onChange: (wish: ImportWish) => void;
}

export function ImportOptions({ wish, onChange }: ImportOptionsProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div>
      <Anchor
        component="button"
        type="button"
        size="xs"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {open ? "Fewer options" : "More options"}
      </Anchor>
      <Collapse expanded={open} id={id}>
        <Stack gap="sm" pt="xs">
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <Select
              size="xs"
              label="Characters"
              allowDeselect={false}
              data={ENCODINGS}
              value={wish.encoding}
              onChange={(encoding) => onChange({ ...wish, encoding: encoding ?? "" })}
            />
            <Select
              size="xs"
              label="Between the cells"
              allowDeselect={false}
              data={DELIMITERS}
              value={wish.delimiter}
              onChange={(delimiter) => onChange({ ...wish, delimiter: delimiter ?? "" })}
            />
          </SimpleGrid>
          {wish.mode === "upsert" && (
            <Checkbox
              size="xs"
              label="Add the columns that the table lacks"
              checked={wish.addColumns}
              onChange={(event) => onChange({ ...wish, addColumns: event.currentTarget.checked })}
            />
          )}
        </Stack>
      </Collapse>
    </div>
  );
}
