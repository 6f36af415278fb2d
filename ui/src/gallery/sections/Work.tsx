import { Beats } from '#ui/components/beats/Beats.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { ToolCall } from '#ui/components/call/ToolCall.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { Log } from '#ui/components/log/Log.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { Spark } from '#ui/components/spark/Spark.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { copyEditor, maya } from '../fixtures/people.ts';
import { COPY_DIFF, LOG } from '../fixtures/samples.ts';
import { BEATS, SPARK, WORK as W } from '../fixtures/work.ts';
import { Note, Row, Spec } from '../Spec.tsx';

const nothing = () => {};

export function Work() {
  return (
    <>
      <Spec id="diff">
        <Diff diff={COPY_DIFF} end={<span className="meta">{W.inside}</span>} />
        <Log lines={LOG} />
        {W.calls.map((call) => (
          <ToolCall key={call.args} {...call} />
        ))}
        <ToolCall {...W.calls[0]}>
          <Diff diff={COPY_DIFF} />
        </ToolCall>
      </Spec>
      <Spec id="turn">
        <Turn member={copyEditor} meta={W.turnMeta}>
          <p className="prose-s">{W.talk}</p>
        </Turn>
        <Turn member={maya} you meta={W.youMeta}>
          <p className="prose-s">{W.guidance}</p>
        </Turn>
        <Composer
          label={W.composer}
          placeholder={W.placeholder}
          sendWords={W.send}
          onSend={nothing}
          foot={
            <>
              <Button kind="quiet" small icon="clip">
                {W.attach}
              </Button>
              <span className="push meta narrow-hide">{W.sendHint}</span>
            </>
          }
        />
        <Composer label={W.composer} placeholder={W.placeholder} sendWords={W.send} onSend={nothing} />
      </Spec>
      <Spec id="progress">
        <Row>
          <div className="col tile">
            <Progress label={W.progress} share={0.58} />
            <Progress label={W.progress} share={1} tone="done" />
            <Progress label={W.progress} share={0.4} tone="fail" />
            <Progress label={W.progress} share={0.7} tone="wait" />
            <Progress label={W.progress} share={0.62} tone="build" />
          </div>
          <div className="col tile">
            <Meter label={W.meter} used={41} held={6} of={100} />
            <Meter label={W.meter} used={89} held={3} of={100} />
            <Meter label={W.meter} used={100} of={100} />
          </div>
          <Spark label={W.spark} values={SPARK} />
          <Beats beats={BEATS} />
        </Row>
        <Note id="meter" />
      </Spec>
    </>
  );
}
