import { render } from "preact";

function App() {
  return <main>thing2vec</main>;
}

const place = document.getElementById("app");
if (place !== null) render(<App />, place);
