// Package interop takes the steps of an export on the AWS SDK for Go 2, against the emulator that interop/run has
// started.
package interop

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/pinpoint"
	"github.com/aws/aws-sdk-go-v2/service/pinpoint/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	roleArn      = "arn:aws:iam::000000000000:role/export"
	pollDelay    = 50 * time.Millisecond
	jobPatience  = time.Minute
	lineBytesMax = 1 << 20
)

// emulator is where the tests go, and what interop/run has put there.
type emulator struct {
	pinpoint      *pinpoint.Client
	s3            *s3.Client
	bucket        string
	applicationID string
	endpointCount int
}

func connect(t *testing.T) emulator {
	t.Helper()
	url := setting(t, "INTEROP_ENDPOINT_URL")
	count, err := strconv.Atoi(setting(t, "INTEROP_APPLICATION_ENDPOINTS"))
	check(t, err)
	configuration := aws.Config{
		BaseEndpoint:     &url,
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		RetryMaxAttempts: 1,
	}
	return emulator{
		pinpoint:      pinpoint.NewFromConfig(configuration),
		s3:            s3.NewFromConfig(configuration, func(options *s3.Options) { options.UsePathStyle = true }),
		bucket:        setting(t, "INTEROP_BUCKET"),
		applicationID: setting(t, "INTEROP_APPLICATION_ID"),
		endpointCount: count,
	}
}

func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; run this by interop/run", name)
	}
	return value
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runJob creates a job under a prefix of its own and waits for its end.
func (e emulator) runJob(t *testing.T, applicationID, bucket string) (*types.ExportJobResponse, string) {
	t.Helper()
	prefix := fmt.Sprintf("exports/%s_%s_go/", applicationID, time.Now().UTC().Format(time.RFC3339Nano))
	created, err := e.pinpoint.CreateExportJob(t.Context(), &pinpoint.CreateExportJobInput{
		ApplicationId: &applicationID,
		ExportJobRequest: &types.ExportJobRequest{
			S3UrlPrefix: aws.String("s3://" + bucket + "/" + prefix),
			RoleArn:     aws.String(roleArn),
		},
	})
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), jobPatience)
	defer cancel()
	for {
		got, err := e.pinpoint.GetExportJob(ctx, &pinpoint.GetExportJobInput{
			ApplicationId: &applicationID,
			JobId:         created.ExportJobResponse.Id,
		})
		check(t, err)
		switch job := got.ExportJobResponse; job.JobStatus {
		case types.JobStatusCompleted, types.JobStatusFailed:
			return job, prefix
		}
		time.Sleep(pollDelay)
	}
}

// download reads the endpoint ids in the .gz files under a prefix.
func (e emulator) download(t *testing.T, prefix string) []string {
	t.Helper()
	var ids []string
	pages := s3.NewListObjectsV2Paginator(e.s3, &s3.ListObjectsV2Input{
		Bucket: &e.bucket, Prefix: &prefix, MaxKeys: aws.Int32(2),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		check(t, err)
		for _, object := range page.Contents {
			if !strings.HasSuffix(*object.Key, ".gz") {
				continue
			}
			got, err := e.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &e.bucket, Key: object.Key})
			check(t, err)
			ids = append(ids, idsOf(t, got.Body)...)
			check(t, got.Body.Close())
		}
	}
	return ids
}

func idsOf(t *testing.T, file io.Reader) []string {
	t.Helper()
	text, err := gzip.NewReader(file)
	check(t, err)
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, lineBytesMax)
	var ids []string
	for lines.Scan() {
		var endpoint struct{ Id string }
		check(t, json.Unmarshal(lines.Bytes(), &endpoint))
		ids = append(ids, endpoint.Id)
	}
	check(t, lines.Err())
	return ids
}

func TestDownloadedFilesHoldEveryEndpointOfTheApplication(t *testing.T) {
	e := connect(t)

	job, prefix := e.runJob(t, e.applicationID, e.bucket)

	if job.JobStatus != types.JobStatusCompleted || int(*job.TotalProcessed) != e.endpointCount {
		t.Fatalf("job ended %s with %d endpoints", job.JobStatus, *job.TotalProcessed)
	}
	distinct := map[string]bool{}
	for _, id := range e.download(t, prefix) {
		distinct[id] = true
	}
	if len(distinct) != e.endpointCount {
		t.Errorf("the files hold %d endpoints, want %d", len(distinct), e.endpointCount)
	}
}

func TestEndpointIdWithSlashAndPlusIsOneLabelAndOneLine(t *testing.T) {
	e := connect(t)
	created, err := e.pinpoint.CreateApp(t.Context(), &pinpoint.CreateAppInput{
		CreateApplicationRequest: &types.CreateApplicationRequest{Name: aws.String("go")},
	})
	check(t, err)
	applicationID, id := *created.ApplicationResponse.Id, "0f9d1/ssx+b=c"
	_, err = e.pinpoint.UpdateEndpoint(t.Context(), &pinpoint.UpdateEndpointInput{
		ApplicationId: &applicationID,
		EndpointId:    &id,
		EndpointRequest: &types.EndpointRequest{
			ChannelType: types.ChannelTypeEmail,
			Address:     aws.String("ann@example.com"),
		},
	})
	check(t, err)

	got, err := e.pinpoint.GetEndpoint(t.Context(), &pinpoint.GetEndpointInput{
		ApplicationId: &applicationID, EndpointId: &id,
	})
	check(t, err)
	_, prefix := e.runJob(t, applicationID, e.bucket)

	if *got.EndpointResponse.Id != id {
		t.Errorf("GetEndpoint answers %q", *got.EndpointResponse.Id)
	}
	if ids := e.download(t, prefix); len(ids) != 1 || ids[0] != id {
		t.Errorf("the files hold %q", ids)
	}
}

func TestFailedJobSaysWhy(t *testing.T) {
	e := connect(t)

	job, _ := e.runJob(t, e.applicationID, "no-such-bucket")

	if job.JobStatus != types.JobStatusFailed || len(job.Failures) == 0 {
		t.Errorf("job ended %s with failures %q", job.JobStatus, job.Failures)
	}
}

func TestUnknownApplicationIsTheModelledException(t *testing.T) {
	e := connect(t)

	_, err := e.pinpoint.GetApp(t.Context(), &pinpoint.GetAppInput{ApplicationId: aws.String(strings.Repeat("f", 32))})

	var refused *types.NotFoundException
	if !errors.As(err, &refused) || refused.ErrorMessage() != "Application not found" || refused.RequestID == nil {
		t.Errorf("GetApp is refused with %v", err)
	}
}

func TestPresignedURLIsReadWithoutCredentials(t *testing.T) {
	e := connect(t)
	key := "go/presigned 1:2+3"
	_, err := e.s3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &e.bucket, Key: &key, Body: strings.NewReader("presigned"),
	})
	check(t, err)

	request, err := s3.NewPresignClient(e.s3).PresignGetObject(t.Context(), &s3.GetObjectInput{
		Bucket: &e.bucket, Key: &key,
	})
	check(t, err)
	answer, err := http.Get(request.URL)
	check(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	check(t, err)

	if answer.StatusCode != http.StatusOK || string(body) != "presigned" {
		t.Errorf("the URL answers %d %q", answer.StatusCode, body)
	}
}
