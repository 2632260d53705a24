// The steps of an export on the AWS SDK for JavaScript 3, against the emulator that interop/run has started.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

import {
  CreateAppCommand,
  CreateExportJobCommand,
  GetAppCommand,
  GetEndpointCommand,
  GetExportJobCommand,
  NotFoundException,
  PinpointClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-pinpoint";
import { GetObjectCommand, PutObjectCommand, S3Client, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const endpoint = setting("INTEROP_ENDPOINT_URL");
const bucket = setting("INTEROP_BUCKET");
const applicationId = setting("INTEROP_APPLICATION_ID");
const endpointCount = Number(setting("INTEROP_APPLICATION_ENDPOINTS"));
const roleArn = "arn:aws:iam::000000000000:role/export";

const configuration = {
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};
const pinpoint = new PinpointClient(configuration);
const s3 = new S3Client({ ...configuration, forcePathStyle: true });

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run this by interop/run`);
  return value;
}

/** Creates a job under a prefix of its own and waits for its end. */
async function runJob(ApplicationId, bucket) {
  const prefix = `exports/${ApplicationId}_${new Date().toISOString()}_js/`;
  const created = await pinpoint.send(
    new CreateExportJobCommand({
      ApplicationId,
      ExportJobRequest: { S3UrlPrefix: `s3://${bucket}/${prefix}`, RoleArn: roleArn },
    }),
  );
  const JobId = created.ExportJobResponse.Id;
  for (let asked = 0; asked < 600; asked++) {
    const { ExportJobResponse: job } = await pinpoint.send(new GetExportJobCommand({ ApplicationId, JobId }));
    if (job.JobStatus === "COMPLETED" || job.JobStatus === "FAILED") {
      return { job, prefix };
    }
    await sleep(50);
  }
  throw new Error(`export job ${JobId} has not ended`);
}

/** All endpoints in the `.gz` files under a prefix. */
async function download(prefix) {
  const endpoints = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key } of page.Contents ?? []) {
      if (Key.endsWith(".gz")) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        const text = gunzipSync(await Body.transformToByteArray()).toString("utf8");
        endpoints.push(...text.trimEnd().split("\n").map((line) => JSON.parse(line)));
      }
    }
  }
  return endpoints;
}

async function createApp() {
  const answer = await pinpoint.send(new CreateAppCommand({ CreateApplicationRequest: { Name: "js" } }));
  return answer.ApplicationResponse.Id;
}

test("downloaded files hold every endpoint of the application", async () => {
  const { job, prefix } = await runJob(applicationId, bucket);

  assert.equal(job.JobStatus, "COMPLETED");
  assert.equal(job.TotalProcessed, endpointCount);
  const endpoints = await download(prefix);
  assert.equal(new Set(endpoints.map(({ Id }) => Id)).size, endpointCount);
});

test("an endpoint id with slash and plus is one label of the path and one line of the file", async () => {
  const ApplicationId = await createApp();
  const EndpointId = "0f9d1/ssx+b=c";
  await pinpoint.send(
    new UpdateEndpointCommand({
      ApplicationId,
      EndpointId,
      EndpointRequest: { ChannelType: "EMAIL", Address: "ann@example.com", Attributes: { team: ["rød"] } },
    }),
  );

  const { EndpointResponse: got } = await pinpoint.send(new GetEndpointCommand({ ApplicationId, EndpointId }));
  const { prefix } = await runJob(ApplicationId, bucket);
  const [line] = await download(prefix);

  assert.equal(got.Id, EndpointId);
  const { CohortId, ...exported } = got;
  assert.deepEqual(line, exported);
});

test("a failed job says why", async () => {
  const { job } = await runJob(applicationId, "no-such-bucket");

  assert.equal(job.JobStatus, "FAILED");
  assert.match(job.Failures[0], /no-such-bucket/);
});

test("an unknown application is the modelled exception", async () => {
  await assert.rejects(pinpoint.send(new GetAppCommand({ ApplicationId: "f".repeat(32) })), (refused) => {
    assert.ok(refused instanceof NotFoundException);
    assert.equal(refused.$metadata.httpStatusCode, 404);
    assert.equal(refused.message, "Application not found");
    assert.ok(refused.$metadata.requestId);
    return true;
  });
});

test("a presigned URL is read and written without credentials", async () => {
  const names = { Bucket: bucket, Key: "js/presigned 1:2+3" };
  // By default the SDK presigns the checksum of the body that it does not have yet, and S3 takes only an empty one then.
  const presigner = new S3Client({ ...configuration, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });

  const upload = await getSignedUrl(presigner, new PutObjectCommand(names));
  const written = await fetch(upload, { method: "PUT", body: "by url" });
  assert.equal(written.status, 200, await written.text());
  const read = await fetch(await getSignedUrl(presigner, new GetObjectCommand(names)));

  assert.equal(await read.text(), "by url");
});
