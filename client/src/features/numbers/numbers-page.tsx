/** The live numbers: a plot of what is coming in, and every stored number below it. */
import { Badge, Button, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconZoomReset } from "@tabler/icons-react";
import { useState } from "react";
import { NumberPlot } from "./number-plot";
import { NumberTable } from "./number-table";
import classes from "./numbers-page.module.css";
import { SPANS, type SpanName, useSeries } from "./use-series";

export function NumbersPage() {
  const [span, setSpan] = useState<SpanName>("live");
  const [paused, setPaused] = useState(false);
  const [zoomed, setZoomed] = useState(false);
  const [resets, setResets] = useState(0);
  const { points, latest, failed } = useSeries(span, paused);

  function choose(next: string) {
    setSpan(next as SpanName);
    setResets((count) => count + 1);
  }

  return (
    <Stack component="section" className={classes.page} gap="lg" aria-labelledby="numbers-title">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Title order={1} size="h3" id="numbers-title">
            Numbers
          </Title>
          <Group gap={8} mt={2}>
            <Text className={classes.latest}>{latest === undefined ? "–" : latest.value.toFixed(3)}</Text>
            {paused ? (
              <Badge color="yellow" variant="light">
                Paused
              </Badge>
            ) : (
              <Text size="xs" c="dimmed">
                one new number a second
              </Text>
            )}
          </Group>
        </div>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            className={classes.spans}
            aria-label="Time span"
            value={span}
            onChange={choose}
            data={Object.entries(SPANS).map(([value, { label }]) => ({ value, label }))}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
            onClick={() => setPaused(!paused)}
          >
            {paused ? "Go on" : "Pause"}
          </Button>
          {zoomed && (
            <Button
              size="xs"
              variant="light"
              leftSection={<IconZoomReset size={15} />}
              onClick={() => setResets((count) => count + 1)}
            >
              Whole span
            </Button>
          )}
        </Group>
      </Group>
      <div className={classes.both}>
        <NumberPlot points={points} span={span} resets={resets} onZoom={setZoomed} />
        <NumberTable />
      </div>
      {failed && (
        <Text size="sm" c="dimmed" role="status">
          Older numbers could not be loaded. The plot goes on with what arrives.
        </Text>
      )}
    </Stack>
  );
}
