// Takes a photograph with the camera: a press shows what it sees, another one takes it.

/** Shows the camera in `video`; taken(file) is called with the photograph, failed(key) where there is no camera. */
export function mountCamera(video, button, { t, signal, taken, failed }) {
  let stream = null;
  if (!navigator.mediaDevices?.getUserMedia) button.hidden = true; // no camera, or no https

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = true;
    video.srcObject = null;
    button.textContent = t("stop.camera");
  }

  async function begin() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (signal.aborted) return stop();
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      button.textContent = t("stop.camera.take");
    } catch {
      stop();
      failed("stop.camera.failed");
    }
  }

  async function take() {
    const { videoWidth: width, videoHeight: height } = video;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(video, 0, 0);
    stop();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    taken(new File([blob], "photo.jpg", { type: "image/jpeg" }));
  }

  button.addEventListener("click", () => (stream ? take() : begin()));
  signal.addEventListener("abort", stop);
  return {
    stop,
    get isOn() {
      return stream !== null;
    },
  };
}
